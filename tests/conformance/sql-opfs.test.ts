import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchBrowser, openPage, servePage, type TestBrowser, type TestServer } from '../support/browser.ts';

/** A Worker that is refused some of its access handles, as happens while another page lets go of them. */
const FAULTY_WORKER = `
  const { searchParams } = new URL(self.location);
  const original = FileSystemFileHandle.prototype.createSyncAccessHandle;
  let calls = 0;
  FileSystemFileHandle.prototype.createSyncAccessHandle = function () {
    calls += 1;
    const isRefused = calls >= Number(searchParams.get('from')) && calls <= Number(searchParams.get('to'));
    const name = searchParams.get('name') ?? 'NoModificationAllowedError';
    return isRefused ? Promise.reject(new DOMException('held', name)) : original.call(this);
  };
  const early = [];
  self.onmessage = (event) => early.push(event);
  await import('./sqlite-worker.js');
  for (const event of early) self.onmessage(event);
`;

let server: TestServer;
let browser: TestBrowser;

before(async () => {
  server = await servePage(new URL('./sql-page.ts', import.meta.url), async (folder) => {
    await writeFile(join(folder, 'faulty-worker.js'), FAULTY_WORKER);
    await writeFile(join(folder, 'stranger.js'), 'self.onmessage = () => { throw new Error("not ours") };');
  });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test('the suite runs in Chromium without isolation headers and without a word on the console', async (context) => {
  const { page, errors } = await openPage(browser, server.url);
  const names = await page.evaluate(() => driver.suite.names());
  assert.ok(names.length > 50, `only ${names.length} cases were collected`);
  for (const [index, name] of names.entries()) {
    await context.test(name, async () => {
      assert.equal(await page.evaluate((at) => driver.suite.run(at), index), undefined);
    });
  }
  assert.equal(await page.evaluate(() => crossOriginIsolated), false);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a page that reloads again and again without closing finds everything', async () => {
  const { page } = await openPage(browser, server.url);
  for (let count = 0; count < 5; count += 1) {
    assert.equal(await page.evaluate(() => driver.open('reload.db')), count);
    await page.evaluate(() => driver.write(1));
    await page.reload();
  }
  await page.close();
});

test('a Worker that is terminated while it writes is replaced, and nothing acknowledged is lost', async () => {
  const { page } = await openPage(browser, server.url);
  const counted = await writeInBackground(page, 'terminated.db');
  await page.evaluate(() => driver.workers.at(-1)?.terminate());
  await counted.reaches(counted.acknowledged() + 50);
  await page.evaluate(() => driver.close());
  await checkSurvivors('terminated.db', counted.acknowledged());
  await page.close();
});

test('a Worker of a database in memory that is terminated fails what was under way and all that follows', async () => {
  const { page } = await openPage(browser, server.url);
  const { failure, later } = await page.evaluate(async () => {
    await driver.open(':memory:');
    const writing = driver.writeUntilFailure();
    driver.workers.at(-1)?.terminate();
    const outcome = await writing;
    return { ...outcome, later: await driver.failureOf(() => driver.write(1)) };
  });
  assert.equal(failure.code, 'io');
  assert.match(failure.message, /":memory:" has ended/);
  assert.equal(later.code, 'io');
  await page.close();
});

test('a page that crashes while it writes loses nothing acknowledged', async () => {
  const { page } = await openPage(browser, server.url);
  const counted = await writeInBackground(page, 'crashed.db');
  const session = await browser.context.newCDPSession(page);
  session.send('Page.crash').catch(() => undefined);
  await page.waitForEvent('crash');
  await page.close();
  await checkSurvivors('crashed.db', counted.acknowledged());
});

test('a browser that is killed while it writes loses nothing acknowledged', async () => {
  const { page } = await openPage(browser, server.url);
  const counted = await writeInBackground(page, 'killed.db');
  await browser.kill();
  browser = await launchBrowser({ profile: browser.profile });
  await checkSurvivors('killed.db', counted.acknowledged());
});

test('a second tab reads and writes what the first does, and has the database for itself when that is closed', async () => {
  const { page: first } = await openPage(browser, server.url);
  const { page: second, errors } = await openPage(browser, server.url);
  await first.evaluate(async () => {
    await driver.open('tabs.db');
    await driver.write(3);
  });
  assert.equal(await second.evaluate(() => driver.open('tabs.db')), 3);
  assert.equal(await second.evaluate(() => driver.workers.length), 0);
  assert.equal(await first.evaluate(() => driver.write(1)), 4);
  assert.equal(await second.evaluate(() => driver.write(1)), 5);
  await first.close();
  assert.equal(await second.evaluate(() => driver.write(1)), 6);
  assert.equal(await second.evaluate(() => driver.workers.length), 1);
  assert.deepEqual(errors, []);
  await second.close();
});

test('a database whose files somebody else holds is locked, and opens once they are free', async () => {
  const { page } = await openPage(browser, server.url);
  const { failure, found } = await page.evaluate(async () => {
    await driver.open('held.db');
    await driver.write(2);
    await driver.close();
    const letGo = await driver.hold('held.db');
    const refused = await driver.failureOf(() => driver.open('held.db'));
    await letGo();
    return { failure: refused, found: await driver.open('held.db') };
  });
  assert.equal(failure.code, 'locked');
  assert.match(failure.message, /files of the database "held.db" are held/);
  assert.equal(found, 2);
  await page.close();
});

test('a file that is no database is reported as corrupt and kept as it is', async () => {
  const { page } = await openPage(browser, server.url);
  await page.evaluate(async () => {
    await driver.open('garbage.db');
    await driver.write(1);
    await driver.close();
    await driver.overwrite('garbage.db', 'this is no database, but somebody wants it back ');
  });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const failure = await page.evaluate(() => driver.failureOf(() => driver.open('garbage.db')));
    assert.equal(failure.code, 'corrupt');
    assert.match(failure.message, /"garbage.db".*left as it is/);
  }
  assert.match(await page.evaluate(() => driver.readText('garbage.db')), /^this is no database/);
  await page.close();
});

test('file handles that come free late are waited for, and a start that fails keeps the data', async () => {
  const { page } = await openPage(browser, server.url);
  await page.evaluate(async () => {
    await driver.open('faulty.db');
    await driver.write(2);
    await driver.close();
  });
  const waited = await page.evaluate(async () => {
    const count = await driver.open('faulty.db', { workerUrl: '/faulty-worker.js?from=3&to=6' });
    await driver.close();
    return count;
  });
  assert.equal(waited, 2);
  const failure = await page.evaluate(() =>
    driver.failureOf(() => driver.open('faulty.db', { workerUrl: '/faulty-worker.js?from=3&to=1000000' })),
  );
  assert.equal(failure.code, 'locked');
  assert.equal(await page.evaluate(() => driver.open('faulty.db')), 2);
  await page.close();
});

test('a start that is refused any one of its file handles fails, keeps the data, and the next one works', async () => {
  const { page } = await openPage(browser, server.url);
  await page.evaluate(async () => {
    await driver.open('refused.db');
    await driver.write(2);
    await driver.close();
  });
  for (const at of [1, 2, 3, 4, 5, 6]) {
    const workerUrl = `/faulty-worker.js?from=${at}&to=${at}&name=NotReadableError`;
    const failure = await page.evaluate(
      (url) => driver.failureOf(() => driver.open('refused.db', { workerUrl: url })),
      workerUrl,
    );
    assert.equal(failure.code, 'io');
    assert.match(failure.message, /"refused.db" cannot be opened \(NotReadableError: held\)/);
    assert.equal(await page.evaluate(() => driver.open('refused.db')), 2);
    await page.evaluate(() => driver.close());
  }
  await page.close();
});

test('a full disk is reported as quota, changes nothing, and the database works again when there is space', async () => {
  const { page } = await openPage(browser, server.url);
  const session = await browser.context.newCDPSession(page);
  const origin = new URL(server.url).origin;
  await page.evaluate(async () => {
    await driver.open('full.db');
    await driver.write(1);
  });
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin });
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 4_000_000 });
  const failure = await page.evaluate(() => driver.failureOf(() => driver.write(100, 1_000_000)));
  assert.equal(failure.code, 'quota');
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  const before = await page.evaluate(() => driver.count());
  assert.equal(await page.evaluate(() => driver.write(1)), before + 1);
  await page.close();
});

test('a Worker script or a wasm file that is missing or foreign is a quick, clear error', async () => {
  const { page } = await openPage(browser, server.url);
  for (const workerUrl of ['/missing.js', '/index.html', '/stranger.js', 'https://127.0.0.1:1/other.js']) {
    const started = Date.now();
    const failure = await page.evaluate(
      (url) => driver.failureOf(() => driver.open('script.db', { workerUrl: url })),
      workerUrl,
    );
    assert.equal(failure.code, 'unsupported');
    assert.ok(failure.message.includes(workerUrl), failure.message);
    assert.ok(Date.now() - started < 5000);
  }
  const failure = await page.evaluate(() =>
    driver.failureOf(() => driver.open('script.db', { wasmUrl: '/missing.wasm' })),
  );
  assert.equal(failure.code, 'unsupported');
  assert.match(failure.message, /missing\.wasm: HTTP status 404/);
  assert.equal(await page.evaluate(() => driver.open('script.db')), 0);
  await page.close();
});

test('a dbPath of any kind is a database of its own', async () => {
  const { page } = await openPage(browser, server.url);
  const paths = ['a/b.db', 'a_b.db', '../../b.db', 'B.db', 'b.db', '😀', ' ', `${'long'.repeat(2500)}.db`];
  const counts = await page.evaluate(async (all) => {
    const found: number[] = [];
    for (const path of all) {
      await driver.open(path);
      found.push(await driver.write(1));
      await driver.close();
    }
    return found;
  }, paths);
  assert.deepEqual(
    counts,
    paths.map(() => 1),
  );
  for (const path of ['', 'a\0b', '\ud800']) {
    const failure = await page.evaluate((bad) => driver.failureOf(() => driver.open(bad)), path);
    assert.equal(failure.code, 'invalid');
  }
  await page.close();
});

/** Starts writing one row after the other; `acknowledged()` is the number of batches that have resolved in the page. */
async function writeInBackground(page: Page, dbPath: string) {
  let count = 0;
  await page.exposeFunction('acknowledge', (total: number) => {
    count = total;
  });
  await page.evaluate(async (path) => {
    await driver.open(path);
    void driver.writeUntilFailure();
  }, dbPath);
  const reaches = async (goal: number) => {
    while (count < goal) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await reaches(50);
  return { acknowledged: () => count, reaches };
}

async function checkSurvivors(dbPath: string, acknowledged: number): Promise<void> {
  const { page } = await openPage(browser, server.url);
  const found = await page.evaluate((path) => driver.open(path), dbPath);
  assert.ok(found >= acknowledged, `${acknowledged} acknowledged, ${found} found`);
  assert.equal(await page.evaluate(() => driver.check()), 'ok');
  await page.close();
}
