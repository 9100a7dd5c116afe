import { messageOf } from '../check.ts';
import { WasmError, type WasmErrorCode } from '../errors.ts';
import type { CoreBuild } from './glue.ts';
import { whatElse } from './not-wasm.ts';

const FIX =
  'Put core.wasm of the installed package (agents-wasm/core.wasm) there, or pass where it is to init({ wasm }).';
// An empty module, and one whose only function has a `try`.
const EMPTY = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const EXCEPTIONS = [...EMPTY, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 0x40, 25, 11, 11];

/** The module behind an address. Browsers cache what they compile while it arrives. */
export async function compileFrom(url: string | URL, build: CoreBuild): Promise<WebAssembly.Module> {
  if (/^file:/i.test(String(url))) return compileFile(url, build);
  const response = await answerOf(url);
  // Compiling from a stream is refused without the MIME type, which some servers lack.
  if (response.ok && response.headers.get('content-type') === 'application/wasm') {
    try {
      return await WebAssembly.compileStreaming(response);
    } catch {
      // Why, only the bytes can tell, and they are gone.
      return compileResponse(await answerOf(url), build, String(url));
    }
  }
  return compileResponse(response, build, String(url));
}

export async function compileResponse(
  response: Response,
  build: CoreBuild,
  where = response.url || 'the response given to init',
): Promise<WebAssembly.Module> {
  const came = `status ${response.status}, ${response.headers.get('content-type') ?? 'no content type'}`;
  if (response.bodyUsed) throw unloaded('wasm_not_found', where, 'it was read before');
  let bytes: ArrayBuffer;
  try {
    bytes = await response.arrayBuffer();
  } catch (cause) {
    throw unloaded('wasm_not_found', where, `${came}; it broke off: ${messageOf(cause)}`, cause);
  }
  if (!response.ok) throw unloaded('wasm_not_found', where, came);
  return compileBytes(new Uint8Array(bytes), build, where, came);
}

/** @param came how the bytes came, for errors. */
export async function compileBytes(
  bytes: Uint8Array,
  build: CoreBuild,
  where: string,
  came = `${bytes.length} bytes`,
): Promise<WebAssembly.Module> {
  const other = whatElse(bytes);
  if (other) throw unloaded('wasm_not_found', where, `it is ${other} (${came})`);
  try {
    return await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw uncompiled(bytes.length, build, where, cause);
  }
}

/** Fails unless the module is the one that this JavaScript was built with: any other would run into nonsense. */
export function checkBuild(module: WebAssembly.Module, build: CoreBuild, where: string): void {
  const [section] = WebAssembly.Module.customSections(module, 'agents-wasm');
  const id = section && new TextDecoder().decode(section);
  if (id === build.id) return;
  const found = id === undefined ? 'WebAssembly, but not of agents-wasm' : `the core of agents-wasm ${id}`;
  const what = `it is ${found}, and this JavaScript is that of agents-wasm ${build.id}; a cache may hold an old file`;
  throw unloaded('wasm_mismatch', where, what);
}

export function unloaded(code: WasmErrorCode, where: string, what: string, cause?: unknown): WasmError {
  return new WasmError(code, `agents-wasm cannot load its core from ${where}: ${what}. ${FIX}`, { cause });
}

async function answerOf(url: string | URL): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw unloaded('wasm_not_found', String(url), `no answer (${messageOf(cause)})`, cause);
  }
}

/** Node's fetch does not read files. */
async function compileFile(url: string | URL, build: CoreBuild): Promise<WebAssembly.Module> {
  let bytes: Uint8Array;
  try {
    // Not imported: bundlers for pages would look for it.
    bytes = await process.getBuiltinModule('node:fs').promises.readFile(new URL(url));
  } catch (cause) {
    throw unloaded('wasm_not_found', String(url), messageOf(cause), cause);
  }
  return compileBytes(bytes, build, String(url));
}

/** Why a module that compiled does not start: WebKit asks the content security policy only then. */
export function unstarted(cause: unknown): unknown {
  return cause instanceof WebAssembly.CompileError && !mayRun() ? forbidden(cause) : cause;
}

/** Why bytes that begin as WebAssembly did not compile. Engines have many words for it, so each cause is tried. */
function uncompiled(length: number, build: CoreBuild, where: string, cause: unknown): WasmError {
  if (!mayRun()) return forbidden(cause);
  if (length === build.bytes && !WebAssembly.validate(new Uint8Array(EXCEPTIONS))) {
    const needs = 'WebAssembly exceptions: Chrome 95, Firefox 100, Safari 15.2, Node 18 or newer';
    return new WasmError('unsupported', `This runtime is too old for agents-wasm, which needs ${needs}.`, { cause });
  }
  const flaw = length === build.bytes ? 'it is damaged' : `it has ${length} bytes, where ${build.bytes} are expected`;
  return unloaded('wasm_damaged', where, flaw, cause);
}

function forbidden(cause: unknown): WasmError {
  const policy = "In a page, add 'wasm-unsafe-eval' to script-src of its content security policy";
  const message = `WebAssembly may not be compiled here. ${policy}; in an edge runtime, give init({ wasm }) the WebAssembly.Module that an import of agents-wasm/core.wasm gives.`;
  return new WasmError('unsupported', message, { cause });
}

function mayRun(): boolean {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(EMPTY))) !== undefined;
  } catch {
    return false;
  }
}
