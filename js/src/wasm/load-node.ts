import { readFile } from 'node:fs/promises';

import { messageOf } from '../check.ts';
import { compileBytes, unloaded } from './compile.ts';
import type { CoreBuild } from './glue.ts';

/** The core's WebAssembly from beside this module, for Node, Deno and Bun. */
export async function loadModule(build: CoreBuild): Promise<WebAssembly.Module> {
  const url = new URL('./core.wasm', import.meta.url);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(url);
  } catch (cause) {
    throw unloaded('wasm_not_found', url.href, messageOf(cause), cause);
  }
  return compileBytes(bytes, build, url.href);
}
