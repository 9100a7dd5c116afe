import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Core, type Handler, type Settled } from '../../dist/core.js';
import type { MainModule as EmbindModule } from '../../dist/wasm/core.js';
import { tick } from './local-api.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytes = (text: string) => encoder.encode(text);
const call = (name: string, args = '{}') => ({ type: 'function_call', call_id: `call_${name}`, name, arguments: args });
const say = (text: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });

/** The answer of a server to the core's `fetch`. */
function answer(output: unknown, status = 200) {
  const text = typeof output === 'string' ? output : JSON.stringify({ status: 'completed', output });
  return { head: { status, headers: { 'content-type': 'application/json' }, streamed: false }, body: bytes(text) };
}
const EVENTS = { head: { status: 200, headers: { 'content-type': 'text/event-stream' }, streamed: true } };
const COMPLETED = `data: ${JSON.stringify({ type: 'response.completed', response: { status: 'completed', output: [say('done')] } })}\n\n`;

/**
 * Tests of the border on a real instance of the core, without the API above it: `makeModule` gives the glue's module,
 * and the tests are the JavaScript side.
 */
export function borderSuite(
  makeModule: () => Promise<EmbindModule>,
  counts: { loop: number; megabytes: number },
): void {
  const cores: Core[] = [];
  const released: number[] = [];

  async function makeCore(handlers: Record<string, Handler> = {}): Promise<Core> {
    const release = (ticket: number) => released.push(ticket);
    const core = new Core(await makeModule(), { handlers, listeners: {}, release, end: () => {} });
    cores.push(core);
    return core;
  }

  function begin(
    core: Core,
    { maxRetries = 0, ...options }: { maxRetries?: number; [name: string]: unknown } = {},
    id = core.newId(),
  ): Promise<Settled> {
    const tools = ['act', 'other'].map((name) => ({ definition: { type: 'function', name, parameters: {} } }));
    const retry = { maxRetries, initialDelayMs: 500, maxDelayMs: 8000, multiplier: 2, jitter: 0.25 };
    const agent = { name: 'a', instructions: '', model: 'm', settings: {}, retry, tools, hosted: [], handoffs: [] };
    const limits = { maxTurns: 10, maxHistoryBytes: 2 ** 30, persistence: 'run', busyTimeout: 0 };
    return core.settled(
      'run',
      { agents: [agent], agent: 0, asks: [], approvals: [], ...limits, trace: {}, ...options },
      bytes('"go"'),
      id,
    );
  }
  const finalOutput = ({ body, error }: Settled) => {
    if (error) throw error;
    return JSON.parse(decoder.decode(body)).result.finalOutput;
  };

  afterEach(() => {
    for (const core of cores.splice(0)) {
      assert.deepEqual(core.stats(), { tickets: 0, calls: 0, sessions: 0, runs: 0 });
    }
  });

  test(`${counts.loop} ready awaits in a loop do not grow the stack`, async () => {
    const pieces = ['data: {"type":"x"}\n\n'.repeat(counts.loop), COMPLETED];
    const core = await makeCore({
      fetch: () => EVENTS,
      read: () => (pieces.length ? { body: bytes(pieces.shift()!) } : undefined),
    });
    assert.equal(finalOutput(await begin(core, { stream: true })), 'done');
    assert.equal(released.length, 1);
  });

  test(`${counts.loop} round trips to the host do not grow the stack`, async () => {
    let left = counts.loop;
    const piece = bytes('data: {"type":"x"}\n\n');
    const core = await makeCore({ fetch: () => EVENTS, read: () => ({ body: left-- > 0 ? piece : bytes(COMPLETED) }) });
    assert.equal(finalOutput(await begin(core, { stream: true })), 'done');
    assert.equal(left, -1);
  });

  test('a host that rejects, throws or has no handler fails the run with the cause', async () => {
    const cause = new RangeError('no');
    const rejects = { fetch: () => Promise.reject(cause) };
    const throws = {
      fetch: () => {
        throw cause;
      },
    };
    for (const handlers of [rejects, throws]) {
      const { error } = await begin(await makeCore(handlers));
      assert.deepEqual([error?.code, error?.message, error?.cause], ['callback_failed', 'no', cause]);
    }
    const { error } = await begin(await makeCore());
    assert.deepEqual([error?.code, error?.message], ['internal', "There is no handler for 'fetch'."]);
  });

  test('an answer that comes after the run was stopped finds nobody, and is released', async () => {
    const { promise, resolve } = Promise.withResolvers<typeof EVENTS>();
    const aborted: unknown[] = [];
    const core = await makeCore({
      fetch: (_, { signal }) => {
        signal.addEventListener('abort', () => aborted.push('fetch'));
        return promise;
      },
    });
    released.length = 0;
    const id = core.newId();
    const running = begin(core, { stream: true }, id);
    await tick();
    assert.deepEqual(core.stats(), { tickets: 1, calls: 1, sessions: 0, runs: 1 });
    await core.call('run.cancel', { run: id });
    assert.equal((await running).error?.code, 'aborted');
    assert.deepEqual(core.stats(), { tickets: 0, calls: 0, sessions: 0, runs: 0 });
    assert.deepEqual([aborted, released.length], [['fetch'], 0]);
    resolve(EVENTS);
    await tick();
    assert.equal(released.length, 1);
  });

  test('a tool may stop its own run, before or after it waited, and so may its abort listener', async () => {
    for (const waits of [false, true]) {
      const log: string[] = [];
      const id = 1_000_000 + Number(waits);
      const core = await makeCore({
        fetch: () => answer([call('act'), call('other')]),
        tool: async ({ head }, { signal }) => {
          signal.addEventListener('abort', () => {
            log.push(`${head.name} aborted`);
            void core.call('run.cancel', { run: id });
          });
          if (head.name === 'other') return new Promise(() => {});
          if (waits) await tick();
          const cancelled = core.call('run.cancel', { run: id });
          log.push('cancels');
          await cancelled;
          return { body: bytes('too late') };
        },
      });
      assert.equal((await begin(core, {}, id)).error?.code, 'aborted');
      await tick();
      // Stopped at once, the other tool has not been called yet.
      assert.deepEqual(log.sort(), ['act aborted', 'cancels', ...(waits ? ['other aborted'] : [])]);
    }
  });

  test('a run may be stopped in each of its waits', async () => {
    for (const point of ['fetch', 'read', 'tool', 'sleep', 'shape', 'loadItems']) {
      const id = 2_000_000 + point.length * 100 + point.charCodeAt(1);
      const at = (name: string, reply: () => unknown): Handler => {
        return (() => (name === point ? core.call('run.cancel', { run: id }).then(() => reply()) : reply())) as Handler;
      };
      const items = (list: unknown) => ({ body: bytes(JSON.stringify(list)) });
      const isSleep = point === 'sleep';
      const core: Core = await makeCore({
        loadItems: at('loadItems', () => items([])),
        shape: at('shape', () => ({ head: [null], ...items(['x']) })),
        fetch: at('fetch', () => (isSleep ? answer('{}', 503) : point === 'tool' ? answer([call('act')]) : EVENTS)),
        read: at('read', () => ({ body: bytes(COMPLETED) })),
        tool: at('tool', () => items('')),
        sleep: at('sleep', () => undefined),
        saveItems: () => assert.fail('A stopped run saves nothing.'),
      });
      const options = { stream: true, customSession: true, hasInputCallback: true, maxRetries: 3 };
      assert.equal((await begin(core, options, id)).error?.code, 'aborted', point);
      await tick();
    }
  });

  test('a run is not collected while it waits', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof answer>>();
    const running = begin(await makeCore({ fetch: () => promise })).then(finalOutput);
    for (let round = 0; round < 5; ++round) {
      collectGarbage();
      await tick(1);
    }
    resolve(answer([say('still here')]));
    assert.equal(await running, 'still here');
  });

  test('JSON nested 10,000 deep is refused wherever it comes from, and the instance lives on', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const item = (value: string) =>
      `{"status":"completed","output":[{"type":"message","role":"assistant","x":${value}}]}`;
    const code = async (handlers: Record<string, Handler>, options = {}) =>
      (await begin(await makeCore(handlers), options)).error?.code;
    assert.equal(await code({ fetch: () => answer(item(deep)) }), 'model_behavior');
    assert.equal(await code({ fetch: () => answer(`{"error":${deep}}`, 400) }), 'api_error');
    assert.equal(await code({ fetch: () => answer('{'.repeat(10_000)) }), 'model_behavior');
    const event = { body: bytes(`data: ${deep}\n\n`) };
    assert.equal(await code({ fetch: () => EVENTS, read: () => event }, { stream: true }), 'model_behavior');
    assert.equal(
      await code({ loadItems: () => ({ body: bytes(`[{"a":${deep}}]`) }) }, { customSession: true }),
      'invalid_item',
    );
    assert.equal(await code({}, { trace: JSON.parse('['.repeat(3000) + ']'.repeat(3000)) }), 'invalid_argument');
    await assert.rejects(code({}, { trace: JSON.parse(deep) }), { code: 'invalid_argument' });

    let told = '';
    const turns = [answer([call('act', deep)]), answer([say('fine')])];
    const core = await makeCore({
      fetch: ({ body }) => {
        told = decoder.decode(body);
        return turns.shift()!;
      },
    });
    assert.equal(finalOutput(await begin(core)), 'fine');
    assert.match(told, /The arguments' text is nested deeper than 500 levels/);
  });

  test(`${counts.megabytes} MB go in and come out as bytes while the heap grows`, async () => {
    const core = await makeCore();
    const { head } = await core.call('session.open', { kind: 'memory' });
    const pattern = 'ä€😀"\\\n0123456789';
    const texts = Array.from({ length: 4 }, (_, index) => {
      const repeats = Math.round((counts.megabytes * 1_000_000) / (bytes(pattern).length + 3));
      return bytes(JSON.stringify([{ index, content: pattern.repeat(repeats) }]));
    });
    for (const text of texts) await core.call('session.save', { ...head, conversationId: 'c' }, text);
    const { body } = await core.call('session.load', { ...head, conversationId: 'c' });
    const joined = texts.map((text) => decoder.decode(text).slice(1, -1)).join(',');
    assert.ok(decoder.decode(body).startsWith(`{"items":[${joined}],"origins":[`));
    assert.ok(texts.every((text) => text.length > 0));
    await core.call('session.close', head);
  });

  test('an instance that fails rejects all that waits, and what comes later', async () => {
    let signal: AbortSignal | undefined;
    let ended = 0;
    const raw = await makeModule();
    let broken = false;
    const trap = (...args: Parameters<EmbindModule['call']>) => {
      if (broken) throw new WebAssembly.RuntimeError('unreachable');
      raw.call(...args);
    };
    const fetch: Handler = (_, ticket) => {
      signal = ticket.signal;
      return new Promise(() => {});
    };
    const module = { connect: raw.connect, reply: raw.reply, stats: raw.stats, call: trap } as EmbindModule;
    const core = new Core(module, { handlers: { fetch }, listeners: {}, release: () => {}, end: () => void ++ended });
    const running = begin(core);
    await tick();
    broken = true;
    const expected = { code: 'internal', message: 'The WebAssembly instance failed and was dropped.' };
    await assert.rejects(core.call('run.cancel', { run: 1 }), expected);
    await assert.rejects(running, expected);
    broken = false;
    await assert.rejects(core.call('session.open', { kind: 'memory' }), expected);
    assert.deepEqual([core.dead, signal?.aborted, ended], [true, true, 1]);
  });
}
