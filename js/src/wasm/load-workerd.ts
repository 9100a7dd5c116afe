// workerd compiles WebAssembly at upload, never at run time: the import gives a ready module.
import module from './core.wasm';

export async function loadModule(): Promise<WebAssembly.Module> {
  return module;
}
