import { loadModule } from '#load';
import { messageOf, refuse } from './check.ts';
import { Core } from './core.ts';
import { WasmError } from './errors.ts';
import { makeHost } from './host.ts';
import { checkBuild, compileBytes, compileFrom, compileResponse, unloaded, unstarted } from './wasm/compile.ts';
import createGlue, { build } from './wasm/glue.ts';

/** The core's WebAssembly, in whatever form the caller has it. A string is a URL. */
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
  if (typeof WebAssembly !== 'object') {
    throw new WasmError('unsupported', 'There is no WebAssembly here. Lockdown Mode of Apple devices turns it off.');
  }
  const module = source === undefined ? await loadModule(build) : await compile(source);
  checkBuild(module, build, placeOf(source));
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
  }).catch((cause: unknown) => {
    throw unstarted(cause);
  });
  return new Core(raw, makeHost());
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) return compileFrom(source, build);
  const view = bytesOf(source);
  if (view) return compileBytes(view, build, placeOf(source));
  const response = await Promise.resolve(source).catch((cause: unknown) => {
    throw unloaded('wasm_not_found', placeOf(source), `no answer (${messageOf(cause)})`, cause);
  });
  if (!(response instanceof Response)) {
    refuse('wasm', response, 'a URL, a Response, bytes or a WebAssembly.Module');
  }
  return compileResponse(response, build);
}

function bytesOf(source: unknown): Uint8Array | undefined {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (!ArrayBuffer.isView(source)) return undefined;
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

/** What an error says of where a module came from. */
function placeOf(source: WasmSource | undefined): string {
  if (source === undefined) return 'the package';
  if (typeof source === 'string' || source instanceof URL) return String(source);
  if (source instanceof Response && source.url) return source.url;
  return 'what was given to init';
}
