import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, APIError, type Model, type ModelEvent, run } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { completed, read, said } from '../support/own-models.ts';

checkLeaks();

const soon = { initialDelayMs: 1, maxDelayMs: 2, multiplier: 1, jitter: 0 };

test("an agent's retry settings go before the run's, and neither they nor the time limit are sent", async () => {
  const { server, runConfig } = localApi(['ok', 'ok'], { maxRetries: 0 });
  server.failNext({ status: 500, times: 3 });
  const modelSettings = { temperature: 1, retry: { ...soon, maxRetries: 3 }, timeoutMs: 10_000 };
  assert.equal((await run(new Agent({ name: 'a', modelSettings }), 'hi', { runConfig })).finalOutput, 'ok');
  assert.equal(server.requests.length, 4);
  assert.deepEqual(Object.keys(server.requests[0]?.body).sort(), ['input', 'model', 'temperature']);
  server.failNext({ status: 500 });
  const never = new Agent({ name: 'a', modelSettings: { retry: { maxRetries: 0 } } });
  await assert.rejects(run(never, 'hi', { runConfig: { openai: { ...runConfig.openai, maxRetries: 5 } } }), {
    status: 500,
  });
});

test('retry settings that say only how long to wait leave the number to the run', async () => {
  const { server, runConfig } = localApi(['never'], { maxRetries: 1 });
  server.failNext({ status: 500, times: 2 });
  const agent = new Agent({ name: 'a', modelSettings: { retry: soon } });
  await assert.rejects(run(agent, 'hi', { runConfig }), { status: 500 });
  assert.equal(server.requests.length, 2);
});

test('a stream that has begun is not asked for again', async () => {
  const { server, runConfig } = localApi(['a b c d']);
  server.failNext({ cutAfter: 5, drop: true });
  const agent = new Agent({ name: 'a', modelSettings: { retry: { ...soon, maxRetries: 5 } } });
  const stream = await run(agent, 'hi', { runConfig, stream: true });
  await assert.rejects(stream.completed, { name: 'APIConnectionError' });
  assert.equal(server.requests.length, 1);
});

test('a call that takes longer than timeoutMs ends with a ModelTimeoutError, and its request is aborted', async () => {
  for (const fault of [{ hang: true }, { hangAfter: 4 }, { status: 503, headers: { 'retry-after': '50' } }]) {
    for (const stream of [false, true]) {
      const { server, runConfig } = localApi(['a b c'], { maxRetries: 2 });
      server.failNext(fault);
      const agent = new Agent({ name: 'a', modelSettings: { timeoutMs: 25 } });
      const failure = { name: 'ModelTimeoutError', code: 'model_timeout', message: /did not answer within 25 ms/ };
      if (stream) {
        const streamed = await run(agent, 'hi', { runConfig, stream });
        await assert.rejects(streamed.completed, failure);
      } else if (!('hangAfter' in fault)) {
        await assert.rejects(run(agent, 'hi', { runConfig }), failure);
      }
      assert.equal(server.inFlight, 0);
    }
  }
});

test("the time limit holds for a model of the caller's, whose signal aborts", async () => {
  let aborted = 0;
  const model: Model = {
    getResponse: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => ++aborted)),
  };
  const agent = new Agent({ name: 'a', model, modelSettings: { timeoutMs: 10 } });
  await assert.rejects(run(agent, 'hi'), { name: 'ModelTimeoutError' });
  const stream = await run(agent, 'hi', { stream: true });
  await assert.rejects(stream.completed, { name: 'ModelTimeoutError' });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(aborted, 2);
});

test('retry settings and time limits that cannot work are refused when the agent is made', () => {
  const refused: [object, RegExp][] = [
    [{ timeoutMs: 0 }, /^The modelSettings of the agent 'a': timeoutMs must be an integer of at least 1, but is 0\.$/],
    [{ timeoutMs: '5' }, /but is a string\.$/],
    [{ retry: 3 }, /: retry must be an object, but is a number\.$/],
    [{ retry: { maxRetries: -1 } }, /: maxRetries must be an integer of at least 0, but is -1\.$/],
    [{ retry: { maxRetries: 1.5 } }, /but is 1\.5\.$/],
    [{ retry: { initialDelayMs: -1 } }, /: initialDelayMs must be a number from 0 to 2147483647, but is -1\.$/],
    [{ retry: { maxDelayMs: 'x' } }, /: maxDelayMs must .* but is a string\.$/],
    [{ retry: { multiplier: 0.5 } }, /: multiplier must .* from 1 to/],
    [{ retry: { jitter: 2 } }, /: jitter must .* from 0 to 1, but is 2\.$/],
  ];
  for (const [modelSettings, message] of refused) {
    const make = () => new Agent({ name: 'a', modelSettings: modelSettings as never });
    assert.throws(make, { name: 'UserError', code: 'invalid_argument', message });
  }
  assert.ok(new Agent({ name: 'a', modelSettings: { retry: { jitter: 0 }, timeoutMs: 2 ** 40 } }));
});

test('an APIError that may pass is tried again as the agent says, until something was streamed', async () => {
  const busy = (detail: object = {}) => new APIError('api_error', 'Busy.', { status: 503, retryAfterMs: 1, ...detail });
  const failing = (times: number, error: unknown, first: ModelEvent[] = []) => {
    const model = {
      calls: 0,
      async getResponse() {
        if (++model.calls <= times) throw error;
        return { output: [said('fine')] };
      },
      async *getStreamedResponse() {
        ++model.calls;
        yield* first;
        if (model.calls <= times) throw error;
        yield completed(said('fine'));
      },
    };
    return model;
  };
  const settings = { modelSettings: { retry: { maxRetries: 2, initialDelayMs: 1 } } };
  const whole = (model: Model) => run(new Agent({ name: 'a', model, ...settings }), 'hi');

  assert.equal((await whole(failing(2, busy()))).finalOutput, 'fine');
  const thrice = failing(3, busy());
  const failure = await whole(thrice).catch((error) => error);
  assert.deepEqual([failure.name, failure.status, failure.message, thrice.calls], ['APIError', 503, 'Busy.', 3]);
  const refused: unknown[] = [
    busy({ status: 400 }),
    busy({ shouldRetry: false }),
    busy({ code: 'insufficient_quota' }),
  ];
  for (const error of [...refused, new Error('Busy.')]) {
    const model = failing(1, error);
    await assert.rejects(whole(model));
    assert.equal(model.calls, 1);
  }
  const begun = failing(1, busy(), [{ type: 'response.created' }]);
  const streamed = await read(begun);
  assert.deepEqual([streamed.error?.message, begun.calls, streamed.events.length], ['Busy.', 1, 1]);
  const silent = failing(1, busy());
  assert.equal((await read(silent)).result?.finalOutput, 'fine');
  assert.equal(silent.calls, 2);
});
