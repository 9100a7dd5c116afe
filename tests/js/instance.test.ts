import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';

import { Agent, init, MemorySession, run, SQLiteSession } from 'agents-wasm';

import { loadCore } from '../../dist/instance.js';
import { answeredBy, localApi, tick } from '../support/local-api.ts';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, []));

const agent = new Agent({ name: 'assistant' });
const wasm = readFileSync(new URL(import.meta.resolve('agents-wasm/core.wasm')));

// Every instance can be made to trap at its next entrance.
let trapped: WebAssembly.Instance | undefined;
let newest: WebAssembly.Instance | undefined;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args: ConstructorParameters<typeof Instance>) {
    super(...args);
    newest = this;
    const guarded = Object.entries(this.exports).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value];
      const guard = (...values: unknown[]) => {
        if (trapped === this) throw new WebAssembly.RuntimeError('unreachable');
        return value(...values);
      };
      return [name, guard];
    });
    Object.defineProperty(this, 'exports', { value: Object.fromEntries(guarded) });
  }
};

const LOST = { name: 'AgentsError', code: 'internal', message: 'The WebAssembly instance failed and was dropped.' };

test('an instance that traps rejects all that waits, and a new one serves the next call', async () => {
  await using file = new SQLiteSession({ dbPath: ':memory:' });
  const memory = new MemorySession();
  await memory.saveItems('c', ['lost']);
  await file.saveItems('c', ['kept']);
  const { server, runConfig } = localApi(['never']);
  server.failNext({ hang: true });
  server.failNext({ hangAfter: 2 });
  const controller = new AbortController();
  const waiting = run(agent, 'x', { runConfig, signal: controller.signal });
  const streamed = await run(agent, 'x', { runConfig, stream: true });
  await tick(5);
  assert.equal(server.inFlight, 2);
  const core = await loadCore();

  trapped = newest;
  await assert.rejects(memory.loadItems('c'), LOST);
  controller.abort();
  await assert.rejects(waiting, LOST);
  await assert.rejects(streamed.completed, LOST);
  await streamed.cancel();
  await tick(5);
  assert.equal(server.inFlight, 0);

  await assert.rejects(memory.loadItems('c'), {
    name: 'SessionError',
    code: 'io',
    message: 'The WebAssembly instance failed, and what this MemorySession held is lost with it.',
  });
  await memory.close();
  // What is in a database is read again, by as many callers as there are.
  const loaded = await Promise.all([1, 2, 3].map(() => file.loadItems('c')));
  const kept = [{ role: 'user', content: 'kept' }];
  assert.deepEqual(loaded, [kept, kept, kept]);
  assert.equal((await run(agent, 'x', localApi(['Hello.']))).finalOutput, 'Hello.');
  assert.notEqual(await loadCore(), core);
});

test('a file is whole after the instance that wrote it has failed', async () => {
  const { mkdtempSync, rmSync } = await import('node:fs');
  const folder = mkdtempSync('/tmp/agents-wasm-');
  {
    await using session = new SQLiteSession({ dbPath: `${folder}/a.db` });
    await session.saveItems('c', ['kept']);
    trapped = newest;
    await assert.rejects(session.saveItems('c', ['new']), LOST);
    await session.saveItems('c', ['newer']);
    assert.deepEqual(
      (await session.loadItems('c')).map(({ content }) => content),
      ['kept', 'newer'],
    );
  }
  rmSync(folder, { recursive: true });
});

test('runs of two instances do not touch the streams of each other', async () => {
  await init({ wasm });
  const events = { headers: { 'content-type': 'text/event-stream' } };
  const open = () => {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (one) => {
        controller = one;
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const response = { status: 'completed', output: [] };
    return {
      runConfig: answeredBy(async () => new Response(body, events)),
      finish: () => {
        const text = `data: ${JSON.stringify({ type: 'response.completed', response })}\n\n`;
        controller.enqueue(new TextEncoder().encode(text));
      },
      get cancelled() {
        return cancelled;
      },
    };
  };
  const first = open();
  const old = await run(agent, 'x', { runConfig: first.runConfig, stream: true });
  await tick(5);
  await init({ wasm });
  const second = open();
  const young = await run(agent, 'x', { runConfig: second.runConfig, stream: true });
  await tick(5);
  await old.cancel();
  await tick(5);
  assert.deepEqual([first.cancelled, second.cancelled], [true, false]);
  second.finish();
  assert.equal((await young.completed).finalOutput, '');
});

test('an answer that arrives while its run is stopped is closed', async () => {
  for (const ticks of [0, 1, 2, 3, 4, 5, 6, 8]) {
    const controller = new AbortController();
    const cancels: unknown[] = [];
    const body = new ReadableStream({ cancel: () => void cancels.push(1) });
    const runConfig = answeredBy(async (_, { signal }) => {
      const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      signal!.addEventListener('abort', () => void response.body?.cancel().catch(() => {}));
      (async () => {
        for (let i = 0; i < ticks; ++i) await undefined;
        controller.abort();
      })();
      return response;
    });
    const streamed = await run(agent, 'x', { runConfig, stream: true, signal: controller.signal });
    await assert.rejects(streamed.completed, { name: 'AbortError' });
    await tick(2);
    assert.equal(cancels.length, 1, `after ${ticks} microtasks`);
  }
  assert.deepEqual((await loadCore()).stats(), { tickets: 0, calls: 0, sessions: 0, runs: 0 });
});

test('a response that was given as wasm serves every later instance', async () => {
  await init({ wasm: new Response(wasm) });
  trapped = newest;
  await assert.rejects(new MemorySession().loadItems('c'), LOST);
  assert.equal((await run(agent, 'x', localApi(['Hello.']))).finalOutput, 'Hello.');
});
