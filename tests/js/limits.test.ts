import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, type RunOptions, run, tool, type Usage } from 'agents-wasm';

import { checkGoesOn, checkWhole, failureOf, onEachStore, oneCall, SECRET, soon } from '../support/faulty-runs.ts';
import { hostileThrows } from '../support/hostile-values.ts';
import { checkLeaks, KEY, localApi, tick } from '../support/local-api.ts';
import { functionCall, message, modelSays, response } from '../support/model-answers.ts';

checkLeaks();

const act = tool({ name: 'act', execute: () => 'acted' });
const agent = new Agent({ name: 'a', tools: [act] });
const calling = { calls: [{ name: 'act' }] };

test('without a limit a run takes as many turns as its model likes, and each is counted', async () => {
  await onEachStore(async (session, where) => {
    const turns = where === 'file' ? 30 : 200;
    const api = localApi([...Array.from({ length: turns - 1 }, () => calling), 'done']);
    const result = await run(agent, SECRET, { session, conversationId: 'c', maxTurns: null, ...api });
    assert.deepEqual([result.finalOutput, result.usage.requests, result.rawResponses.length], ['done', turns, turns]);
    await checkGoesOn(session);
  });
});

test('a handler of a run without turns left gives the final output, in the history or not', async () => {
  await onEachStore(async (session) => {
    for (const includeInHistory of [true, false, undefined]) {
      const id = `${includeInHistory}`;
      const maxTurns: NonNullable<RunOptions['errorHandlers']>['maxTurns'] = ({ error, runData }) => {
        assert.deepEqual([error.code, runData.lastAgent], ['max_turns_exceeded', agent]);
        return { finalOutput: 'enough', ...(includeInHistory === undefined ? {} : { includeInHistory }) };
      };
      const options = { session, conversationId: id, maxTurns: 2, errorHandlers: { maxTurns } };
      const { finalOutput } = await run(agent, SECRET, { ...options, ...localApi([calling, calling]) });
      assert.equal(finalOutput, 'enough');
      const last = (await session.loadItems(id)).at(-1);
      assert.equal(last?.type, includeInHistory === false ? 'function_call_output' : 'message');
      await checkGoesOn(session, id);
    }
  });
});

test('a handler that throws, or gives nothing or what is no output, lets the run fail with a type', async () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const throwing = hostileThrows.map(([thrown]) => () => {
    throw thrown();
  });
  const giving = [undefined, null, false, 5, 'text', {}, { finalOutput: undefined }, { finalOutput: 1n }];
  const gives = [...giving, { finalOutput: cycle }, { finalOutput: () => 1 }].map((value) => () => value);
  await onEachStore(async (session, where) => {
    const handlers = where === 'file' ? gives : [...throwing, ...gives];
    for (const [index, handler] of handlers.entries()) {
      const errorHandlers = { default: handler } as NonNullable<RunOptions['errorHandlers']>;
      const options = { session, conversationId: 'c', maxTurns: 1, errorHandlers, ...localApi([calling]) };
      await failureOf(run(agent, SECRET, options), 'max_turns_exceeded', 'callback_failed', 'invalid_argument');
      await checkGoesOn(session);
      assert.ok(index < handlers.length);
    }
  });
});

test('a formatter that throws fails the run, and the call it was asked about is answered all the same', async () => {
  await onEachStore(async (session, where) => {
    for (const [thrown] of where === 'file' ? hostileThrows.slice(0, 3) : hostileThrows) {
      const toolErrorFormatter = () => {
        throw thrown();
      };
      const api = localApi([{ calls: [{ name: 'nothing of that name' }, { name: 'act' }] }]);
      const options = { session, conversationId: 'c', toolErrorFormatter, ...api };
      await failureOf(run(agent, SECRET, { ...options, toolNotFoundBehavior: 'return_error_to_model' }));
      await checkGoesOn(session);
    }
  });
});

test('the usage of a run is the sum of its requests, which are told one by one', async () => {
  const turn = (n: number, output: object) =>
    response([output], {
      id: `resp_${n}`,
      usage: {
        input_tokens: 10 * n,
        input_tokens_details: { cached_tokens: n },
        output_tokens: 100 * n,
        output_tokens_details: { reasoning_tokens: 2 * n },
        total_tokens: 110 * n,
      },
    });
  const counted = (n: number): Usage => ({
    requests: 1,
    inputTokens: 10 * n,
    cachedTokens: n,
    outputTokens: 100 * n,
    reasoningTokens: 2 * n,
    totalTokens: 110 * n,
  });
  await onEachStore(async (session) => {
    for (const stream of [false, true]) {
      const { runConfig } = modelSays([
        turn(1, functionCall('c1')),
        turn(2, functionCall('c2')),
        turn(4, message('x')),
      ]);
      const options = { session, conversationId: `${stream}`, runConfig };
      const result = stream
        ? await (await run(agent, SECRET, { ...options, stream: true })).completed
        : await run(agent, SECRET, options);
      assert.deepEqual(
        result.rawResponses.map(({ responseId, usage }) => [responseId, usage]),
        [1, 2, 4].map((n) => [`resp_${n}`, counted(n)]),
      );
      assert.deepEqual(result.usage, { ...counted(7), requests: 3 });
      await checkWhole(session, `${stream}`);
    }
  });
});

test('a session excludes the memory of the API before anything is asked or stored', async () => {
  await onEachStore(async (session) => {
    for (const memory of [
      { previousResponseId: 'resp_1' },
      { previousResponseId: '' },
      { autoPreviousResponseId: true },
    ]) {
      const { requests, runConfig } = modelSays([]);
      await failureOf(run(agent, SECRET, { session, conversationId: 'c', runConfig, ...memory }), 'user_error');
      assert.equal(requests.length, 0);
      assert.deepEqual((await session.listConversations()).conversations, []);
    }
  });
});

test('a failure that passes is waited for longer each time, as far as the retries go', async () => {
  await onEachStore(async (session) => {
    const { server, runConfig } = localApi(['done'], { maxRetries: 2 });
    const times: number[] = [];
    const fetch = (async (url: string, init: RequestInit) => {
      times.push(performance.now());
      return server.fetch(url, init);
    }) as typeof globalThis.fetch;
    server.failNext({ status: 500, times: 2 });
    const openai = { ...runConfig.openai, fetch };
    const result = await run(agent, SECRET, { session, conversationId: 'c', runConfig: { openai } });
    assert.deepEqual([result.finalOutput, result.usage.requests, times.length], ['done', 1, 3]);
    const [first = 0, second = 0, third = 0] = times;
    // Half a second and one second, each less a quarter by chance.
    assert.ok(second - first >= 370 && third - second >= 740, `${second - first} ms, ${third - second} ms`);
    await checkGoesOn(session);
  });
});

test('a run that waits to ask again stops at once, whatever it was that failed', async () => {
  await onEachStore(async (session) => {
    const faults = [
      { status: 429, headers: { 'retry-after': '50' } },
      { status: 503, headers: { 'retry-after-ms': '50000' } },
      { network: true },
    ];
    for (const fault of faults) {
      const { server, runConfig } = localApi(['never'], { maxRetries: 50 });
      server.failNext({ ...fault, times: 50 });
      const controller = new AbortController();
      const options = { session, conversationId: 'c', runConfig, signal: controller.signal };
      const working = run(agent, SECRET, options);
      working.catch(() => {});
      while (server.requests.length === 0) await tick();
      await tick(20);
      const stopped = performance.now();
      controller.abort();
      await failureOf(working, 'aborted');
      assert.ok(performance.now() - stopped < 2000);
      await checkGoesOn(session);
    }
  });
});

test('a failure of the API tells nothing of the key or of what was said, whole or streamed, in any attempt', async () => {
  const error = { message: `Bad key ${KEY}.` };
  await onEachStore(async (session) => {
    for (const stream of [false, true]) {
      const { server, runConfig } = localApi([], { maxRetries: 1 });
      server.failNext({ status: 401, error });
      server.failNext({ status: 500, error, headers: { 'retry-after-ms': '1' }, times: 2 });
      for (let attempt = 0; attempt < 2; attempt++) {
        const options = { session, conversationId: 'c', runConfig };
        const working = stream
          ? run(agent, SECRET, { ...options, stream: true }).then((one) => one.completed)
          : run(agent, SECRET, options);
        const failure = await failureOf(working, 'api_error');
        assert.ok(!JSON.stringify([failure, failure.stack]).includes(KEY));
        await checkGoesOn(session);
      }
    }
  });
});

test('a tool that is slower than its time limit is told to stop, and its late answer is lost', async () => {
  await onEachStore(async (session) => {
    for (const timeoutBehavior of ['error_as_result', 'raise_exception']) {
      let answer: (value: string) => void = () => {};
      let signal: AbortSignal | undefined;
      const slow = (_args: unknown, _context: unknown, details: { signal: AbortSignal }) => {
        signal = details.signal;
        return new Promise((resolve) => {
          answer = resolve;
        });
      };
      const { agent: one, runConfig } = oneCall(slow, ['done'], { timeoutMs: 10, timeoutBehavior });
      const working = soon(run(one, SECRET, { session, conversationId: 'c', runConfig }));
      if (timeoutBehavior === 'raise_exception') await failureOf(working, 'tool_timeout');
      else assert.match((await working).newItems[1]?.rawItem.output as string, /timed out after 10ms/);
      assert.equal(signal?.aborted, true);
      answer('too late');
      await tick();
      await checkGoesOn(session);
      assert.ok(!JSON.stringify(await session.loadItems('c')).includes('too late'));
    }
  });
});
