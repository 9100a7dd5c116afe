import { loadModule } from '#load';
import { refuse } from './check.ts';
import { Core } from './core.ts';
import { AgentsError } from './errors.ts';
import { makeHost } from './host.ts';
import createGlue from './wasm/core.js';

/** The core's WebAssembly, in whatever form the caller has it. */
export type WasmSource = string | URL | Response | Promise<Response> | BufferSource | WebAssembly.Module;

let given: WasmSource | undefined;
let current: Promise<Core> | undefined;

/**
 * Says where the core's WebAssembly comes from, and loads it. Not needed where the package finds `core.wasm` by itself.
 *
 * @example
 * await init({ wasm: '/assets/core.wasm' });
 */
export async function init(options: { wasm?: WasmSource } = {}): Promise<void> {
  if (options.wasm !== undefined) {
    given = options.wasm;
    current = undefined;
  }
  await loadCore();
}

/** The instance that everything of this page shares; a new one after the old one failed. */
export async function loadCore(): Promise<Core> {
  current ??= instantiate();
  const loading = current;
  try {
    const core = await loading;
    if (!core.dead) return core;
  } catch (error) {
    // What failed for want of a file may succeed later.
    if (current === loading) current = undefined;
    throw error;
  }
  // Whoever finds out first makes the new one, for all.
  if (current === loading) current = undefined;
  return loadCore();
}

async function instantiate(): Promise<Core> {
  const source = given;
  const module = source === undefined ? await loadModule() : await compile(source);
  // A response can be read once, and the next instance needs it too.
  if (given === source && source !== undefined) given = module;
  const raw = await createGlue({
    // Compiled before, instantiated here: a failure inside this hook would never be reported by the glue.
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance, module);
      return instance.exports;
    },
  });
  return new Core(raw, makeHost());
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source as BufferSource);
  const response = await (typeof source === 'string' || source instanceof URL ? fetch(source) : source);
  if (!(response instanceof Response)) {
    refuse('wasm', response, 'a URL, a Response, bytes or a WebAssembly.Module');
  }
  return compileResponse(response);
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  const bytes = await response.arrayBuffer();
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    const type = response.headers.get('content-type') ?? 'no content type';
    throw new AgentsError(
      'unsupported',
      `${response.url || 'The response given as wasm'} is not agents-wasm's core: status ${response.status}, ${type}. ` +
        'Serve core.wasm of this package there, or pass its URL to init({ wasm }).',
      { cause },
    );
  }
}
