/** What holds something that a page must not hold while it does not run. */
export interface Suspendable {
  suspend(): void;
  resume(): void;
}

/**
 * Tells `target` when this page may stop running (it is left, kept for the way back, or frozen in the background) and
 * when it runs again. The Workers of a page are told nothing.
 */
export function onSuspension(target: Suspendable, signal: AbortSignal): void {
  const suspend = () => target.suspend();
  const resume = () => target.resume();
  globalThis.addEventListener('pagehide', suspend, { signal });
  globalThis.addEventListener('pageshow', resume, { signal });
  globalThis.document?.addEventListener('freeze', suspend, { signal });
  globalThis.document?.addEventListener('resume', resume, { signal });
}
