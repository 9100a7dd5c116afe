import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, type Model, run } from 'agents-wasm';

import { checkGoesOn, failureOf, onEachStore, SECRET, soon } from '../support/faulty-runs.ts';
import { hostileProxy, hostileThrows } from '../support/hostile-values.ts';
import { answeredBy, checkLeaks, KEY, tick } from '../support/local-api.ts';

checkLeaks();

const never = () => new Promise<never>(() => {});
const throws = (): never => {
  throw new Error('own failure');
};

/** A model whose stream this iterator is. */
const streaming = (iterator: object): Model =>
  ({ getResponse: never, getStreamedResponse: () => ({ [Symbol.asyncIterator]: () => iterator }) }) as unknown as Model;
const first = { done: false, value: { type: 'response.in_progress' } };

test("a run that is stopped survives whatever its model's iterator does about it", async () => {
  const ends: unknown[] = [throws, () => Promise.reject(undefined), never, () => 5, 5, hostileProxy()];
  await onEachStore(async (session) => {
    for (const end of ends) {
      let events = 0;
      const model = streaming({ next: () => (events++ === 0 ? first : never()), return: end });
      const controller = new AbortController();
      const options = { session, conversationId: 'c', signal: controller.signal };
      const streamed = await run(new Agent({ name: 'a', model }), SECRET, { ...options, stream: true });
      while (events < 2) await tick();
      controller.abort();
      await failureOf(streamed.completed, 'aborted');
      // What it throws then would be nobody's to catch.
      await tick(2);
      await checkGoesOn(session);
    }
  });
});

test('a stream that is no iterator of events, and a model that throws anything, fail the run with a type', async () => {
  const iterators: object[] = [{}, { next: 5 }, { next: () => undefined }, { next: () => null }, { next: throws }];
  iterators.push({ next: () => hostileProxy() }, { next: () => ({ value: hostileProxy() }) }, hostileProxy());
  const models: Model[] = iterators.map(streaming);
  for (const [thrown] of hostileThrows) {
    const fails = () => {
      throw thrown();
    };
    models.push(
      { getResponse: fails, getStreamedResponse: fails },
      streaming({ next: () => Promise.reject(thrown()) }),
    );
  }
  await onEachStore(async (session, where) => {
    for (const model of where === 'file' ? models.slice(0, 8) : models) {
      const agent = new Agent({ name: 'a', model });
      const streamed = await run(agent, SECRET, { session, conversationId: 'c', stream: true });
      await failureOf(streamed.completed, 'callback_failed', 'model_behavior');
      await checkGoesOn(session);
    }
  });
});

test('a fetch whose bodies are odd fails its run with a type, stopped or not, and nothing else', async () => {
  const headers = new Headers({ 'content-type': 'text/event-stream' });
  const readers: [object, boolean][] = [
    [{ read: never, cancel: throws }, true],
    [{ read: never, cancel: () => undefined }, true],
    [{ read: never, cancel: never }, true],
    [{ read: never }, true],
    [{ read: async () => undefined, cancel: throws }, false],
    [{ read: async () => ({ done: false, value: 'text' }), cancel: throws }, false],
    [{ read: throws, cancel: throws }, false],
    [{ read: async () => ({ done: false, value: hostileProxy() }), cancel: throws }, false],
    [{}, false],
  ];
  await onEachStore(async (session) => {
    for (const [reader, isStopped] of readers) {
      const response = { ok: true, status: 200, headers, body: { getReader: () => reader } };
      const controller = new AbortController();
      const runConfig = answeredBy(async () => response as unknown as Response);
      const options = { session, conversationId: 'c', runConfig, signal: controller.signal };
      const streamed = await run(new Agent({ name: 'a' }), SECRET, { ...options, stream: true });
      if (isStopped) setTimeout(() => controller.abort(), 5);
      await failureOf(streamed.completed, ...(isStopped ? ['aborted'] : ['api_connection', 'callback_failed']));
      await tick(2);
      await checkGoesOn(session);
    }
  });
});

test('a fetch may fail with an error that causes itself, and with one that holds the key', async () => {
  const loop = new Error('loop');
  loop.cause = loop;
  const keyed = new Error('outer', { cause: new Error(`Bearer ${KEY}`) });
  for (const error of [loop, keyed]) {
    const runConfig = answeredBy(() => Promise.reject(error));
    const failure = await failureOf(soon(run(new Agent({ name: 'a' }), SECRET, { runConfig })), 'api_connection');
    for (let cause: unknown = failure, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
      assert.ok(!`${cause.message}${cause.stack}`.includes(KEY));
    }
  }
});
