import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Model, run } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { answers, completed, read, said, streams } from '../support/own-models.ts';

checkLeaks();

test('an answer that is none is told to be one, by its flaw', async () => {
  const circular: Record<string, unknown> = { type: 'message' };
  circular.self = circular;
  let deep: unknown[] = [];
  for (let level = 0; level < 600; ++level) deep = [deep];
  const flaws: [unknown, RegExp][] = [
    [undefined, /output must be an array of items, but is undefined\.$/],
    [null, /output must be an array of items/],
    ['Hello', /output must be an array of items/],
    [{ output: said('x') }, /output must be an array of items, but is an object\.$/],
    [{ output: ['Hello'] }, /output\[0\] must be an object, but is a string\.$/],
    [{ output: [said('x'), null] }, /output\[1\] must be an object, but is null\.$/],
    [{ output: [[]] }, /output\[0\] must be an object, but is an array\.$/],
    [{ output: [circular] }, /must be JSON, but contains itself\.$/],
    [{ output: [{ type: 'message', x: Number.NaN }] }, /the value of "x" is NaN, which JSON has not\.$/],
    [{ output: [{ type: 'message', x: 1n }] }, /is a BigInt, which JSON has not\.$/],
    [{ output: [{ type: 'message', x: () => 1 }] }, /is a function, which JSON has not\.$/],
    [{ output: [{ type: 'x', deep }] }, /The model's response .*nested/],
  ];
  for (const [response, message] of flaws) {
    const failure = { name: 'ModelBehaviorError', code: 'model_behavior', message };
    await assert.rejects(run(new Agent({ name: 'a', model: answers(response) }), 'hi'), failure);
    const { error } = await read(answers(response));
    assert.equal(error?.code, 'model_behavior');
  }
});

test('an answer that failed or is incomplete fails the run as the API’s does', async () => {
  const failed = { status: 'failed', output: [], error: { code: 'server_error', message: 'Oh.' } };
  const failure = { code: 'model_failed', message: "The model's response failed: Oh." };
  await assert.rejects(run(new Agent({ name: 'a', model: answers(failed) }), 'hi'), failure);
  const { error } = await read(streams({ type: 'response.failed', response: failed }));
  assert.equal(error?.message, failure.message);
  const cut = { status: 'incomplete', output: [], incomplete_details: { reason: 'max_output_tokens' } };
  await assert.rejects(run(new Agent({ name: 'a', model: answers(cut) }), 'hi'), /incomplete \(max_output_tokens\)/);
});

test('a stream that is none is told to be one, by its flaw', async () => {
  const flaws: [Model, RegExp][] = [
    [streams(), /ended before its response was complete/],
    [streams({ type: 'response.created' }), /ended before its response was complete/],
    [streams('Hello'), /An event of the model's stream must be an object, but is a string\.$/],
    [streams(null), /must be an object, but is null\.$/],
    [streams({ x: 1 }), /The type of an event of the model's stream must be a string, but is undefined\.$/],
    [streams({ type: 'x', y: () => 1 }), /is a function, which JSON has not\.$/],
    [streams({ type: 'response.completed' }), /The event 'response\.completed' has no response/],
    [streams({ type: 'response.completed', response: { output: 'x' } }), /no list of output items/],
    [streams(completed(['x'])), /an output item that is not an object/],
    [streams({ type: 'response.output_item.done' }), /has no item/],
    [
      { ...answers({}), getStreamedResponse: (() => [1]) as never },
      /must give an async iterable, but gave an array\.$/,
    ],
    [{ ...answers({}), getStreamedResponse: (async () => undefined) as never }, /but gave undefined\.$/],
  ];
  for (const [model, message] of flaws) {
    const { error } = await read(model);
    assert.equal(error?.code, 'model_behavior', String(message));
    assert.match(error.message, message);
  }
});

test('what a model throws is the cause, and events that came before it are read', async () => {
  for (const thrown of [new Error('broken'), 'broken', undefined]) {
    const model: Model = {
      getResponse: () => Promise.reject(thrown),
      async *getStreamedResponse() {
        yield { type: 'response.created' };
        throw thrown;
      },
    };
    const failure = await run(new Agent({ name: 'a', model }), 'hi').catch((error) => error);
    assert.equal(failure.code, 'callback_failed');
    assert.equal(failure.cause, thrown);
    const { error, events } = await read(model);
    assert.equal(error?.cause, thrown);
    assert.deepEqual(events, [{ type: 'response.created' }]);
  }
});
