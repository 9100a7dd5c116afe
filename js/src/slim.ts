import { init as initCore, type WasmSource } from './instance.ts';

// The whole API; the build gives it a core of its own, which loads nothing by itself (scripts/support/twins.mjs).
export * from './index.ts';

/**
 * Says where the core's WebAssembly comes from, and loads it. Comes before anything else: `agents-wasm/slim` knows of no
 * file. Its sessions and agents belong to its own runner, not to that of `agents-wasm`.
 *
 * @example
 * import wasm from 'agents-wasm/core.wasm'; // a WebAssembly.Module in workerd; elsewhere its URL, bytes or Response
 * await init({ wasm });
 */
export function init(options: { wasm: WasmSource }): Promise<void> {
  return initCore(options);
}
