import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import {
  Agent,
  MemorySession,
  RunAbortedError,
  type RunConfig,
  type RunOptions,
  run,
  SQLiteSession,
  tool,
} from 'agents-wasm';
import type { Fault, Turn } from 'agents-wasm/testing';

import { answeredBy, checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, []));

const agent = new Agent({ name: 'assistant' });

/** Expects a run, whole and streamed, on every store, to fail like this and to leave the history as it was. */
async function leavesHistory(
  setup: () => RunConfig,
  expected: object,
  options: RunOptions = {},
  by = agent,
): Promise<void> {
  for (const session of [new MemorySession(), new SQLiteSession({ dbPath: ':memory:' })]) {
    await session.saveItems('c', ['before']);
    for (const stream of [false, true]) {
      const all = { ...options, session, conversationId: 'c', runConfig: setup() };
      const work = stream ? run(by, 'new', { ...all, stream: true }).then((one) => one.completed) : run(by, 'new', all);
      await assert.rejects(work, expected, `${session.constructor.name}, stream: ${stream}`);
      assert.deepEqual(await session.loadItems('c'), [{ role: 'user', content: 'before' }]);
      assert.equal((await session.listConversations()).conversations.length, 1);
      for (const { runId } of await session.openRuns('c')) await session.discardRun('c', runId);
    }
    await session.close();
  }
}

const faulty =
  (fault: Fault, turns: Turn[] = ['never seen']) =>
  () => {
    const { server, runConfig } = localApi(turns);
    server.failNext(fault);
    return runConfig;
  };

test('an error of the API has its status, code, type, param and request id', async () => {
  const error = { message: 'Too long.', code: 'context_length_exceeded', param: 'input' };
  const headers = { 'x-request-id': 'req_42' };
  await leavesHistory(faulty({ status: 400, error, headers }), {
    name: 'APIError',
    code: 'api_error',
    message: 'The API answered with status 400: Too long.',
    status: 400,
    apiCode: 'context_length_exceeded',
    type: 'invalid_request_error',
    param: 'input',
    requestId: 'req_42',
  });
});

test('an error status with HTML, or with nothing, is an APIError without the page', async () => {
  const message = 'The API answered with status 502.';
  await leavesHistory(faulty({ status: 502, body: '<html>Bad gateway</html>' }), {
    name: 'APIError',
    status: 502,
    message,
  });
  await leavesHistory(faulty({ status: 502, body: '' }), { name: 'APIError', status: 502, message });
});

test('a web page in place of an answer fails the run and says what may be wrong', async () => {
  await leavesHistory(faulty({ status: 200, body: '<!doctype html><title>Login</title>' }), {
    name: 'ModelBehaviorError',
    message: 'The server answered a web page; the base URL may be wrong.',
  });
});

test('an answer that is no JSON, no response or cut in the middle fails the run', async () => {
  const json = { 'content-type': 'application/json' };
  const name = 'ModelBehaviorError';
  await leavesHistory(faulty({ body: '{"object": "resp', headers: json }), { name });
  await leavesHistory(faulty({ body: '[]', headers: json }), { name });
  await leavesHistory(faulty({ body: '', headers: json }), { name });
  await leavesHistory(faulty({ body: { object: 'response', status: 'completed', output: [1] } }), { name });
  await leavesHistory(faulty({ body: '[[['.repeat(10_000), headers: json }), { name });
});

test('a response that failed or is incomplete fails the run, with the code of the API', async () => {
  const failed = { failed: { code: 'rate_limit_exceeded', message: 'Slow down.' } };
  await leavesHistory(() => localApi([failed]).runConfig, {
    name: 'ModelBehaviorError',
    code: 'model_failed',
    message: "The model's response failed: Slow down.",
  });
  await leavesHistory(() => localApi([{ text: 'half', incomplete: 'max_output_tokens' }]).runConfig, {
    code: 'model_failed',
    message: "The model's response is incomplete (max_output_tokens).",
  });
});

test('a stream that is cut, dropped or ends with an error fails the run', async () => {
  const stream = async (fault: Fault, expected: object) => {
    await using session = new MemorySession();
    await session.saveItems('c', ['before']);
    const runConfig = faulty(fault, ['Hello there.'])();
    const { completed } = await run(agent, 'new', { session, conversationId: 'c', runConfig, stream: true });
    await assert.rejects(completed, expected, JSON.stringify(fault));
    assert.equal((await session.loadItems('c')).length, 1);
  };
  for (const cutAfter of [0, 1, 3, 5]) {
    await stream({ cutAfter }, { name: 'APIConnectionError', message: /ended before its response was complete/ });
    await stream({ cutAfter, drop: true }, { name: 'APIConnectionError', code: 'api_connection' });
  }
  await stream({ cutBytes: 333 }, { name: /APIConnectionError|ModelBehaviorError/ });
  const error = { message: 'Overloaded.', code: 'server_is_overloaded' };
  for (const errorForm of ['nested', 'flat'] as const) {
    await stream({ errorAfter: 3, error, errorForm }, { name: 'APIError', apiCode: 'server_is_overloaded' });
  }
});

test('a whole answer that breaks off fails the run', async () => {
  await using session = new MemorySession();
  const runConfig = faulty({ cutBytes: 20, drop: true }, ['Hello.'])();
  await assert.rejects(run(agent, 'new', { session, conversationId: 'c', runConfig }), {
    name: 'APIConnectionError',
    code: 'api_connection',
  });
  assert.deepEqual(await session.loadItems('c'), []);
});

test('a fetch that throws, or answers with something else, fails the run and keeps the cause', async () => {
  const cause = new TypeError('fetch failed');
  await leavesHistory(() => answeredBy(() => Promise.reject(cause)), {
    name: 'APIConnectionError',
    message: 'No complete answer came from local: fetch failed',
    cause,
  });
  await leavesHistory(() => answeredBy(() => Promise.reject(Object.create(null))), { name: 'APIConnectionError' });
  await leavesHistory(() => answeredBy(async () => undefined as never), { name: 'APIConnectionError' });
  const strange = () => new ReadableStream({ pull: (stream) => stream.enqueue({ not: 'bytes' }) });
  await leavesHistory(() => answeredBy(async () => new Response(strange())), { name: 'APIConnectionError' });
});

test('a fetch that hangs, and a body that goes silent, time out', async () => {
  const timeout = 25;
  const expected = {
    name: 'APIConnectionTimeoutError',
    code: 'api_connection_timeout',
    message: 'Nothing came from local for as long as timeout allows.',
  };
  await leavesHistory(() => answeredBy(() => new Promise(() => {}), { timeout }), expected);
  await leavesHistory(() => answeredBy(async () => new Response(new ReadableStream()), { timeout }), expected);
  const hanging = () => {
    const { server, runConfig } = localApi(['Hello there.'], { timeout });
    server.failNext({ hangAfter: 3 });
    return runConfig;
  };
  const { completed } = await run(agent, 'new', { runConfig: hanging(), stream: true });
  await assert.rejects(completed, expected);
});

test('a stream that is slow but never silent for that long does not time out', async () => {
  const { server, runConfig } = localApi(['Hello there.'], { timeout: 100 });
  server.failNext({ chunkBytes: 400, chunkDelay: 20 });
  const start = performance.now();
  const { completed } = await run(agent, 'new', { runConfig, stream: true });
  assert.equal((await completed).finalOutput, 'Hello there.');
  assert.ok(performance.now() - start > 100);
});

test('a run that uses all of its turns leaves the history as it was', async () => {
  const act = new Agent({ name: 'a', tools: [tool({ name: 'act', execute: () => 'x' })] });
  const turns = [{ calls: [{ name: 'act' }] }, { calls: [{ name: 'act' }] }];
  await leavesHistory(() => localApi(turns).runConfig, { name: 'MaxTurnsExceededError' }, { maxTurns: 2 }, act);
});

test('a run that is stopped, at whatever point, fails with the reason of its signal and leaves the history', async () => {
  // The points: before anything, while a session loads, in a callback, in fetch, in a tool, and in the second turn.
  for (const [point, delay] of [
    ['signal', 0],
    ['load', 0],
    ['callback', 0],
    ['fetch', 0],
    ['tool', 0],
    ['tool', 5],
    ['second', 0],
  ] as const) {
    const controller = new AbortController();
    const reason = new Error(`stopped at ${point}`);
    const stop = async () => {
      if (delay > 0) await tick(delay);
      controller.abort(reason);
      await tick(1);
    };
    const pass = (here: string) => (here === point ? stop() : undefined);
    const saved: unknown[] = [];
    const session = {
      loadItems: async () => {
        await pass('load');
        return [];
      },
      saveItems: () => void saved.push(1),
    };
    const { server, runConfig } = localApi([{ calls: [{ name: 'act' }] }, 'done']);
    let requests = 0;
    const fetch = async (url: string, init: RequestInit) => {
      await pass(++requests === 1 ? 'fetch' : 'second');
      return server.fetch(url, init);
    };
    if (point === 'signal') controller.abort(reason);
    const signals: AbortSignal[] = [];
    const act = tool({
      name: 'act',
      execute: (_args, _context, { signal }) => {
        signals.push(signal);
        return pass('tool');
      },
    });
    const working = run(new Agent({ name: 'a', tools: [act] }), 'go', {
      session,
      signal: controller.signal,
      sessionInputCallback: async (history, input) => {
        await pass('callback');
        return [...history, ...input];
      },
      runConfig: { openai: { ...runConfig.openai, fetch: fetch as typeof globalThis.fetch }, persistence: 'run' },
    });
    await assert.rejects(working, (error: RunAbortedError) => {
      assert.ok(error instanceof RunAbortedError);
      assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'aborted', reason]);
      return true;
    });
    assert.deepEqual(saved, []);
    await tick(2);
    if (point === 'tool') assert.equal(signals[0]?.aborted, true);
  }
});

test('a run that waits between two attempts can be stopped', async () => {
  const { server, runConfig } = localApi(['never'], { maxRetries: 2 });
  server.failNext({ status: 429, headers: { 'retry-after': '50' } });
  const signal = AbortSignal.timeout(30);
  const error = await run(agent, 'go', { runConfig, signal }).catch((failure) => failure);
  assert.ok(error instanceof RunAbortedError);
  assert.equal(error.cause, signal.reason);
});

test('a stop that comes after the end changes nothing', async () => {
  await using session = new MemorySession();
  const controller = new AbortController();
  const options = { session, conversationId: 'c', signal: controller.signal, ...localApi(['Hello.']) };
  await run(agent, 'hi', options);
  controller.abort();
  await tick(1);
  assert.equal((await session.loadItems('c')).length, 2);
});

test('a conversation whose session closes while a run goes on is left as it was', async () => {
  const session = new MemorySession();
  const { runConfig } = localApi([
    async () => {
      await session.close();
      return 'too late';
    },
  ]);
  await assert.rejects(run(agent, 'hi', { session, conversationId: 'c', runConfig }), {
    name: 'SessionError',
    code: 'closed',
  });
});
