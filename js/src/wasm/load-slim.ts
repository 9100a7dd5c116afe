import { UserError } from '../errors.ts';

/** In place of the other loaders where the package brings no WebAssembly. */
export async function loadModule(): Promise<WebAssembly.Module> {
  throw new UserError(
    'user_error',
    'agents-wasm/slim brings no WebAssembly of its own. Before anything else, call init({ wasm }) with core.wasm of the ' +
      'installed package (agents-wasm/core.wasm): its URL, a Response, its bytes or its WebAssembly.Module.',
  );
}
