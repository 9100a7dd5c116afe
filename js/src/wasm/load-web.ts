import { compileFrom } from './compile.ts';
import type { CoreBuild } from './glue.ts';

/** The core's WebAssembly from beside this script, for pages and Workers. Bundlers see the URL and ship the file. */
export function loadModule(build: CoreBuild): Promise<WebAssembly.Module> {
  return compileFrom(new URL('./core.wasm', import.meta.url), build);
}
