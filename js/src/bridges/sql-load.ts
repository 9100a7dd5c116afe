import sqlite3InitModule, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { SqlError } from './sql-database.ts';

let fault: unknown;

/** Gives up the last exception that SQLite's file system met and that its result code hides. */
export function takeFault(): unknown {
  const taken = fault;
  fault = undefined;
  return taken;
}

/** Loads SQLite from `wasmUrl`, or from beside this script. */
export async function loadSqlite(wasmUrl: string | undefined): Promise<Sqlite3Static> {
  const url = wasmUrl ?? new URL('./sqlite3.wasm', import.meta.url).href;
  const module = await compile(url);
  // The library reads this variable when it starts and deletes it. The file systems named here need COOP and COEP and
  // scripts that do not ship, and one of them loses data.
  Object.assign(globalThis, {
    sqlite3ApiConfig: {
      error: (...details: unknown[]) => {
        fault = details.find((detail) => detail instanceof Error) ?? fault;
      },
      disable: { vfs: { opfs: true, 'opfs-vfs': true, 'opfs-wl': true, kvvfs: true } },
    },
  });
  // The library's own type declares no parameters.
  const init = sqlite3InitModule as (settings: object) => Promise<Sqlite3Static>;
  return init({
    // It would wait for ever for a module that fails inside this function, hence the compilation before it.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      done(new WebAssembly.Instance(module, imports));
    },
    printErr: () => {},
  });
}

async function compile(url: string): Promise<WebAssembly.Module> {
  try {
    const response = await fetch(url, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    // Browsers cache what they compile from a stream, but refuse one without the MIME type, which some servers lack.
    const isTyped = response.headers.get('content-type') === 'application/wasm';
    return await (isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer()));
  } catch (error) {
    throw new SqlError(
      'unsupported',
      `SQLite could not be loaded from ${url}: ${(error as Error).message}. Serve sqlite3.wasm there or set wasmUrl, ` +
        "and allow 'wasm-unsafe-eval' in script-src where there is a content security policy.",
    );
  }
}
