import { AgentsError } from '../errors.ts';

/** The core's WebAssembly from beside this script, for pages and Workers. Bundlers see the URL and ship the file. */
export async function loadModule(): Promise<WebAssembly.Module> {
  const url = new URL('./core.wasm', import.meta.url);
  let found = 'no answer';
  try {
    const response = await fetch(url);
    const type = response.headers.get('content-type');
    found = `status ${response.status}, ${type ?? 'no content type'}`;
    // Browsers cache what they compile from a stream, but refuse one without the MIME type, which some servers lack.
    if (response.ok && type === 'application/wasm') return await WebAssembly.compileStreaming(response);
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    throw new AgentsError(
      'unsupported',
      `agents-wasm found no core.wasm at ${url} (${found}). Copy it from the package to there, or pass its URL to ` +
        "init({ wasm }). Where there is a content security policy, its script-src needs 'wasm-unsafe-eval'.",
      { cause },
    );
  }
}
