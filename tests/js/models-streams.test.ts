import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Model, run } from 'agents-wasm';
import { scriptedModel } from 'agents-wasm/testing';

import { checkLeaks } from '../support/local-api.ts';
import { add, answers, completed, read, said, streams } from '../support/own-models.ts';

checkLeaks();

test('a stream reaches its reader event by event, unknown ones too', async () => {
  let goOn = () => {};
  const model: Model = {
    ...answers({ output: [] }),
    async *getStreamedResponse() {
      yield { type: 'acme:probe', x: [1e5] };
      yield { type: 'response.output_text.delta', delta: 'Hel' };
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      yield { type: 'response.output_text.delta', delta: 'lo' };
      yield completed(said('Hello'), { type: 'acme:item', y: null });
      throw new Error('Nobody reads on.');
    },
  };
  const stream = await run(new Agent({ name: 'a', model }), 'hi', { stream: true });
  const seen: unknown[] = [];
  for await (const event of stream) {
    if (event.type !== 'raw_model_stream_event') continue;
    seen.push(event.data.type, event.data.delta ?? event.data.x);
    if (event.data.delta === 'Hel') goOn();
  }
  assert.deepEqual(seen.slice(0, 6), [
    ...['acme:probe', [1e5], 'response.output_text.delta', 'Hel', 'response.output_text.delta', 'lo'],
  ]);
  const { finalOutput, newItems } = await stream.completed;
  assert.equal(finalOutput, 'Hello');
  assert.deepEqual(newItems.at(-1)?.rawItem, { type: 'acme:item', y: null });
});

test('a model that cannot stream gives its text at once', async () => {
  const stream = await run(new Agent({ name: 'a', model: answers({ output: [said('Hi'), said('there')] }) }), 'hi', {
    stream: true,
  });
  const texts: string[] = [];
  for await (const text of stream.toTextStream()) texts.push(text);
  assert.deepEqual(texts, ['Hi', 'there']);
  assert.equal((await stream.completed).finalOutput, 'there');
});

test('items of a stream count where its last event lists none', async () => {
  const done = { type: 'response.output_item.done', output_index: 0, item: said('Hi') };
  assert.equal((await read(streams(done, completed()))).result?.finalOutput, 'Hi');
});

test('an error event of a stream is the error of the API that it names', async () => {
  const { error, events } = await read(
    streams({ type: 'response.created' }, { type: 'error', code: 'c', message: 'Oh.' }, completed(said('x'))),
  );
  assert.equal(error?.message, 'The API ended the stream with an error: Oh.');
  assert.equal(events.length, 1);
});

test('ten thousand events, five megabytes in one, and a thousand calls are taken', async () => {
  const delta = (text: string) => ({ type: 'response.output_text.delta', delta: text });
  const many = Array.from({ length: 10_000 }, (_, index) => delta(`${index} `));
  const long = 'x'.repeat(5 << 20);
  const { events, result } = await read(streams(...many, delta(long), completed(said('done'))));
  assert.equal(result?.finalOutput, 'done');
  assert.equal(events.length, 10_002);
  assert.equal(events[9999]?.delta, '9999 ');
  assert.equal(events[10_000]?.delta.length, long.length);
  const calls = Array.from({ length: 1000 }, (_, index) => ({ name: 'add', callId: `call_${index}` }));
  const model = scriptedModel([{ calls }, 'done']);
  const counted = await run(new Agent({ name: 'a', model, tools: [add] }), 'hi');
  assert.equal(counted.newItems.length, 2001);
});
