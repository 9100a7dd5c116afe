import { pathToFileURL } from 'node:url';

import { ensureBrowser } from './browser.mjs';
import { fail, Refusal } from './support/console.mjs';
import { installPackages, requireNode, TOOLS } from './support/node-packages.mjs';
import { run, which } from './support/run.mjs';
import { linkHostLibraries, linkToolchain } from './support/toolchain.mjs';

/**
 * Installs what this clone lacks and says nothing when it lacks nothing. Runs on plain Node 20 without node_modules.
 * `native` asks for a compiler of the host, `tools` for what `tests/tools` lists, `browser` for a Chromium, `browsers` for
 * Firefox and WebKitGTK too; returns the path of Chromium.
 */
export async function setup({ native = false, tools = false, browser = false, browsers = false } = {}) {
  await requireTools(native);
  await installPackages();
  if (tools) await installPackages(TOOLS);
  await requireNode();
  await linkToolchain();
  if (native) await linkHostLibraries();
  if (browsers) for (const kind of ['firefox', 'webkit']) await ensureBrowser(kind);
  return { browser: browser ? await ensureBrowser() : undefined };
}

async function requireTools(native) {
  const tools = { cmake: which('cmake'), python3: which('python3') };
  if (native) tools['g++'] = which('c++');
  const missing = Object.keys(tools).filter((name) => !tools[name]);
  if (missing.length) {
    throw new Refusal(`Not found: ${missing.join(', ')}. On Debian, "apt install ${missing.join(' ')}" brings them.`);
  }
  const [cmake, python] = await Promise.all([version('cmake'), version('python3')]);
  if (cmake < 3.023) throw new Refusal('CMake 3.23 or newer is needed.');
  if (python < 3.01) throw new Refusal('Python 3.10 or newer is needed; Emscripten runs on it.');
}

/** The first two numbers of a program's version as one that compares: 3.25 is 3.025. */
async function version(program) {
  const [, major, minor] = (await run(program, ['--version'])).match(/(\d+)\.(\d+)/);
  return Number(major) + Number(minor) / 1000;
}

// By hand, "--tests" also installs what only the tests need.
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const tests = process.argv.includes('--tests');
  setup({ native: tests, tools: tests, browser: tests, browsers: tests }).catch(fail);
}
