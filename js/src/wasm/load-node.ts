import { readFile } from 'node:fs/promises';

/** The core's WebAssembly from beside this module, for Node, Deno and Bun. */
export async function loadModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('./core.wasm', import.meta.url)));
}
