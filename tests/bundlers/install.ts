import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where our own packages are. The tools come first: both have React, and Next wants one. */
const INSTALLED = [join(ROOT, 'tests/tools/node_modules'), join(ROOT, 'node_modules')];

interface Manifest {
  version: string;
  bin?: string | Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The package.json of a package of ours. */
export function manifestOf(name: string): Manifest {
  const folder = find(name);
  if (!folder) throw new Error(`${name} is not installed: "npm run test:bundlers" does it.`);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/**
 * Puts a package of ours, its programs and all that it depends on into `modules`, as npm would with a network. Links
 * between folders would do for most, but Turbopack follows none that leave the project.
 */
export function install(name: string, modules: string): void {
  if (existsSync(join(modules, name))) return;
  const { bin = {}, dependencies = {}, optionalDependencies = {} } = manifestOf(name);
  linkTree(find(name) as string, join(modules, name));
  linkPrograms(name, typeof bin === 'string' ? { [name]: bin } : bin, join(modules, '.bin'));
  const optional = Object.keys(optionalDependencies).filter(find);
  for (const other of [...Object.keys(dependencies), ...optional]) install(other, modules);
}

function linkPrograms(name: string, programs: Record<string, string>, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [program, path] of Object.entries(programs)) symlinkSync(join('..', name, path), join(folder, program));
}

function find(name: string): string | undefined {
  return INSTALLED.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkFile(source, target);
  }
}

/** Half a gigabyte need not be copied where both folders are on one disk. */
function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
