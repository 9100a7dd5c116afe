import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this clone. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The links to compiler, headers and tools that CMake presets look at. */
export const DEPS = join(ROOT, '.deps');

/** Where the compiler lives, shared by all clones of this user. */
export const CACHE = resolve(
  process.env.AGENTS_WASM_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'agents-wasm'),
);

/** The text of a file, or undefined when it cannot be read. */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {}
}

/** Deletes a folder; a killed run's last child may still be writing into it for a moment. */
export const removeFolder = (path) => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');
