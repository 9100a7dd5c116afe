// Vercel's edge runtime compiles no WebAssembly at run time either: bundlers for it give a ready module for this address.
import module from './core.wasm?module';

export async function loadModule(): Promise<WebAssembly.Module> {
  return module;
}
