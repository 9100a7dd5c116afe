import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package as npm would publish it, and a project that has installed it. */
export interface Packed {
  tarball: string;
  /** The project's folder. */
  project: string;
  /** The package's folder in it. */
  folder: string;
  /** Every file of the package, by its path in it. */
  files: string[];
  manifest: Manifest;
}

interface Manifest {
  sideEffects: boolean;
  exports: Record<string, string | Record<string, string>>;
  imports: Record<string, Record<string, string>>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const execute = promisify(execFile);

/** Packs what is in dist/ without asking a registry; what npm would install beside it comes from our own packages. */
export async function pack(): Promise<Packed> {
  const project = mkdtempSync(join(tmpdir(), 'agents-wasm-package-'));
  process.once('exit', () => rmSync(project, { recursive: true, force: true }));
  const options = ['--silent', '--ignore-scripts', '--offline', '--pack-destination', project];
  const { stdout } = await execute('npm', ['pack', ...options], { cwd: ROOT });
  const tarball = join(project, stdout.trim());

  const folder = join(project, 'node_modules/agents-wasm');
  mkdirSync(folder, { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return { tarball, project, folder, files, manifest };
}

/** Runs a program in a folder; gives what it wrote, also when it fails. */
export async function said(program: string, args: string[], cwd: string): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await execute(program, args, { cwd });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: `${stdout}${stderr}` };
  }
}
