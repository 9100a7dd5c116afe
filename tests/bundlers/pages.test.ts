import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launchBrowser, openPage, serveFolder, type TestBrowser } from '../support/browser.ts';
import { makeProject, type Project } from './project.ts';
import { startServer } from './project-server.ts';
import { COPY_STEP } from './readme.ts';
import { checkConversation, visit } from './visits.ts';

const ESBUILD = 'esbuild main.js --bundle --minify --format=esm --outdir=dist --log-level=warning';

let browser: TestBrowser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** Serves what was built under a strict content security policy while `use` looks at it. */
async function serveBuilt({ folder }: Project, use: (url: string) => Promise<void>): Promise<void> {
  const { url, close } = await serveFolder({ '/': `${join(folder, 'dist')}/` });
  try {
    await use(url);
  } finally {
    await close();
  }
}

/** Only Vite reads the page; the others write the script that it names. */
function addPage({ folder }: Project): void {
  cpSync(join(folder, 'index.html'), join(folder, 'dist/index.html'));
}

test('Vite builds an app that keeps its conversations, and needs nothing done', async () => {
  const project = await makeProject(['app'], ['vite']);
  await project.run('vite build --logLevel warn');
  await serveBuilt(project, (url) => checkConversation(browser, url));
});

test("Vite's development server, which bundles packages beforehand, needs nothing done either", async () => {
  const project = await makeProject(['app'], ['vite']);
  const { url, close } = await startServer(project, 'vite --host 127.0.0.1');
  try {
    await checkConversation(browser, url);
  } finally {
    await close();
  }
  assert.ok(existsSync(join(project.folder, 'node_modules/.vite/deps/agents-wasm.js')));
});

test('the slim package brings no WebAssembly of its own, and takes what the app serves', async () => {
  const project = await makeProject(['app', 'slim'], ['vite']);
  cpSync(
    join(project.folder, 'node_modules/agents-wasm/dist/wasm/core.wasm'),
    join(project.folder, 'public/core.wasm'),
  );
  await project.run('vite build --logLevel warn');
  const assets = readdirSync(join(project.folder, 'dist/assets'));
  assert.deepEqual(
    assets.filter((file) => /^core.*wasm$/.test(file)),
    [],
  );
  await serveBuilt(project, async (url) => {
    const { page, errors } = await openPage(browser, url);
    assert.match((await visit(page)).answer ?? '', /John/);
    assert.deepEqual(errors, []);
    await page.close();
  });
});

test('webpack builds an app that keeps its conversations, and needs nothing done', async () => {
  const project = await makeProject(['app', 'webpack'], ['webpack']);
  assert.equal(await project.run('node build.mjs'), '');
  addPage(project);
  await serveBuilt(project, (url) => checkConversation(browser, url));
});

for (const [name, command, folders, packages] of [
  ['esbuild', ESBUILD, ['app'], ['esbuild']],
  ['Rollup', 'rollup --config --silent', ['app', 'rollup'], ['rollup', '@rollup/plugin-node-resolve']],
  ['Rolldown', 'rolldown main.js --dir dist --log-level silent', ['app'], ['rolldown']],
] as const) {
  test(`${name} builds an app that keeps its conversations once three files are copied`, async () => {
    const project = await makeProject(folders, packages);
    await project.run(command);
    await project.run(COPY_STEP);
    addPage(project);
    await serveBuilt(project, (url) => checkConversation(browser, url));
  });
}

test('a file that was not copied gives an error that names its address, what came back and the remedy', async () => {
  const project = await makeProject(['app'], ['esbuild']);
  await project.run(ESBUILD);
  await project.run(COPY_STEP);
  addPage(project);
  const dist = join(project.folder, 'dist');
  const missing = async (file: string, others: Record<string, string>) => {
    rmSync(join(dist, file), { force: true });
    const { url, close } = await serveFolder({ '/': `${dist}/`, ...others });
    try {
      const { page } = await openPage(browser, url);
      const said = await visit(page);
      await page.close();
      return { ...said, url };
    } finally {
      await close();
    }
  };
  // As servers of single-page apps do, which answer every address with the page.
  const fallback = { '/core.wasm': join(dist, 'index.html') };
  const fix = /Put core\.wasm of the installed package \(agents-wasm\/core\.wasm\) there/;
  // In the reverse order of use: what is missing already is not asked for.
  const cases: [string, Record<string, string>, string, ...RegExp[]][] = [
    ['core.wasm', {}, 'wasm_not_found', /from URLcore\.wasm: status 404/, fix],
    ['core.wasm', fallback, 'wasm_not_found', /from URLcore\.wasm: it is .*HTML.* \(status 200, text\/html/, fix],
    ['sqlite3.wasm', {}, 'unsupported', /from URLsqlite3\.wasm: HTTP status 404/, /Serve sqlite3\.wasm there/],
    ['sqlite-worker.js', {}, 'unsupported', /sqlite-worker\.js beside URLmain\.js/, /Serve it .* or set workerUrl/],
  ];
  for (const [file, others, wanted, ...patterns] of cases) {
    const { code, message = '', url } = await missing(file, others);
    assert.equal(code, wanted, message);
    for (const pattern of patterns) assert.match(message.replaceAll(url, 'URL'), pattern);
  }
});
