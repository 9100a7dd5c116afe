import { messageOf } from '../check.ts';
import { Refusal } from './refusal.ts';
import type { Secrets } from './secrets.ts';

export type Report = (error: unknown) => void;

/** Tells the caller's function, or the console, without the key, and `who` it was. */
export function reporter(onError: Report | undefined, secrets: Secrets, who: string): Report {
  const print = (error: unknown) =>
    console.error(`agents-wasm: ${who}: ${secrets.hide(messageOf(error))}${reasonOf(error)}`);
  const tell = onError ?? print;
  return (error) => {
    try {
      tell(error);
    } catch {
      // The request has its answer all the same.
    }
  };
}

/** Calls a function of the options. When it fails, the client learns that and this side the reason. */
export async function called<T>(name: string, report: Report, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    report(error);
    throw new Refusal(500, 'proxy_failed', `${name} of the proxy failed.`);
  }
}

/** The system's name for what happened, which tells nothing of anybody. */
export function reasonOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  const name = cause?.code ?? code;
  return typeof name === 'string' && /^[A-Z][A-Z_]{2,40}$/.test(name) ? ` (${name})` : '';
}
