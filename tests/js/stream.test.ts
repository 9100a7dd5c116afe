import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Agent, MemorySession, RunAbortedError, type RunStreamEvent, run, type StreamedRun, tool } from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { answeredBy, checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, []));

const agent = new Agent({ name: 'assistant', tools: [tool({ name: 'act', execute: () => 'acted' })] });
const start = (turns: Turn[], options = {}): Promise<StreamedRun> =>
  run(agent, 'go', { ...localApi(turns), ...options, stream: true });

async function all(stream: AsyncIterable<RunStreamEvent>): Promise<RunStreamEvent[]> {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

const nameOf = (event: RunStreamEvent) => {
  if (event.type === 'raw_model_stream_event') return event.data.type;
  return event.type === 'run_item_stream_event' ? `${event.name}: ${event.item.type}` : `agent: ${event.agent.name}`;
};

test('events come in three kinds, in the order in which they happen', async () => {
  const streamed = await start([{ reasoning: 'Hm.', calls: [{ name: 'act', callId: 'call_1' }] }, 'Done.']);
  const names = (await all(streamed)).map(nameOf).filter((name) => !/delta|part|text|arguments|in_progress/.test(name));
  assert.deepEqual(names, [
    'agent: assistant',
    'response.created',
    'response.output_item.added',
    'response.output_item.done',
    'response.output_item.added',
    'response.output_item.done',
    'response.completed',
    'reasoning_item_created: reasoning_item',
    'tool_called: tool_call_item',
    'tool_output: tool_call_output_item',
    'response.created',
    'response.output_item.added',
    'response.output_item.done',
    'response.completed',
    'message_output_created: message_output_item',
  ]);
  const { finalOutput, newItems } = await streamed.completed;
  assert.equal(finalOutput, 'Done.');
  assert.deepEqual(newItems[2]?.rawItem, { type: 'function_call_output', call_id: 'call_1', output: 'acted' });
});

test('an event of an item has the item as it is stored, and the agent that made it', async () => {
  const streamed = await start(['Hello.']);
  const events = await all(streamed);
  const created = events.find((event) => event.type === 'run_item_stream_event');
  assert.equal(created?.item.agent, agent);
  assert.deepEqual(created?.item, (await streamed.completed).newItems[0]);
});

test('toTextStream gives the words as the model says them', async () => {
  const streamed = await start([{ text: ['Hel', 'lo ', 'Zürich 😀'] }]);
  const pieces = [];
  for await (const piece of streamed.toTextStream()) pieces.push(piece);
  assert.deepEqual(pieces, ['Hel', 'lo ', 'Zürich 😀']);
});

test('text is whole however its bytes are cut', async () => {
  for (const chunkBytes of [1, 2, 3, 7, 1000]) {
    const { server, runConfig } = localApi(['Grüße aus Zürich 😀']);
    server.failNext({ chunkBytes });
    let text = '';
    for await (const piece of (await run(agent, 'go', { runConfig, stream: true })).toTextStream()) text += piece;
    assert.equal(text, 'Grüße aus Zürich 😀');
  }
});

test('a run is completed and saved even if nobody reads it', async () => {
  await using session = new MemorySession();
  const { completed } = await start([{ text: Array.from({ length: 3000 }, () => 'x'.repeat(1000)) }], {
    session,
    conversationId: 'c',
  });
  assert.equal((await completed).finalOutput.length, 3_000_000);
  assert.equal((await session.loadItems('c')).length, 2);
});

test('who comes late gets all events that nobody has read', async () => {
  const streamed = await start(['Hello.']);
  await streamed.completed;
  const names = (await all(streamed)).map(nameOf);
  assert.deepEqual([names[0], names.at(-1)], ['agent: assistant', 'message_output_created: message_output_item']);
  assert.deepEqual(await all(streamed), []);
});

test('leaving the loop early does not stop the run, and the next reader goes on where it was left', async () => {
  const streamed = await start(['Hello there, John.']);
  const first = [];
  for await (const event of streamed) {
    first.push(nameOf(event));
    if (first.length === 3) break;
  }
  assert.equal((await streamed.completed).finalOutput, 'Hello there, John.');
  const rest = (await all(streamed)).map(nameOf);
  const complete = (await all(await start(['Hello there, John.']))).map(nameOf);
  assert.deepEqual([...first, ...rest], complete);
});

test('a second reader at the same time is refused, and the first one is not disturbed', async () => {
  const streamed = await start(['Hello.']);
  const first = all(streamed);
  await assert.rejects(all(streamed), { name: 'UserError', message: 'The events of this run have a reader already.' });
  assert.equal((await first).map(nameOf).at(-1), 'message_output_created: message_output_item');
});

test('a run waits for a reader that is far behind, and goes on when it leaves', async () => {
  const piece = 'x'.repeat(64 * 1024);
  let produced = 0;
  const body = new ReadableStream({
    async pull(controller) {
      await tick();
      if (++produced <= 200) {
        const event = JSON.stringify({ type: 'response.output_text.delta', delta: piece });
        controller.enqueue(new TextEncoder().encode(`data: ${event}\n\n`));
        return;
      }
      const response = { object: 'response', status: 'completed', output: [] };
      controller.enqueue(
        new TextEncoder().encode(`data: ${JSON.stringify({ type: 'response.completed', response })}\n\n`),
      );
      controller.close();
    },
  });
  const runConfig = answeredBy(async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
  const streamed = await run(agent, 'go', { runConfig, stream: true });
  let read = 0;
  for await (const event of streamed) {
    if (event.type !== 'raw_model_stream_event' || ++read < 3) continue;
    await tick(150);
    assert.ok(produced < 30, `${produced} pieces were fetched for a reader who took ${read}.`);
    break;
  }
  await streamed.completed;
  assert.equal(produced, 201);
});

test('cancel stops the run, for its reader and for who waits for the result', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi(['Hello there.']);
  server.failNext({ hangAfter: 4 });
  const streamed = await run(agent, 'go', { session, conversationId: 'c', runConfig, stream: true });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of streamed) {
      seen.push(nameOf(event));
      if (seen.length === 4) void streamed.cancel();
    }
  })();
  await assert.rejects(reading, RunAbortedError);
  await assert.rejects(streamed.completed, { name: 'AbortError', message: 'The run was stopped.' });
  assert.deepEqual(await session.loadItems('c'), []);
  await tick(1);
  assert.equal(server.inFlight, 0);
  await streamed.cancel();
});

test('a run that is left by `await using` is stopped if it is still going', async () => {
  const { server, runConfig } = localApi(['one', 'two']);
  server.failNext({ hangAfter: 2 });
  let left: StreamedRun;
  {
    await using streamed = await run(agent, 'go', { runConfig, stream: true });
    left = streamed;
  }
  await assert.rejects(left.completed, RunAbortedError);
  {
    await using streamed = await run(agent, 'go', { runConfig, stream: true });
    left = streamed;
    await all(streamed);
  }
  assert.equal((await left.completed).finalOutput, 'two');
});

test('a failure reaches the reader and who waits for the result, and is nowhere unhandled', async () => {
  const { server, runConfig } = localApi(['one', 'two', 'three']);
  const expected = {
    name: 'APIConnectionError',
    message: "The model's stream ended before its response was complete.",
  };
  server.failNext({ cutAfter: 3, times: 3 });
  const both = await run(agent, 'go', { runConfig, stream: true });
  await assert.rejects(all(both), expected);
  await assert.rejects(both.completed, expected);
  const onlyRead = await run(agent, 'go', { runConfig, stream: true });
  await assert.rejects(all(onlyRead), expected);
  await run(agent, 'go', { runConfig, stream: true });
  await tick(20);
});

test('events that came before a failure are read before it', async () => {
  const { server, runConfig } = localApi(['Hello there.']);
  server.failNext({ cutAfter: 4 });
  const streamed = await run(agent, 'go', { runConfig, stream: true });
  await streamed.completed.catch(() => {});
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const event of streamed) seen.push(nameOf(event));
  });
  assert.deepEqual(seen.slice(0, 2), ['agent: assistant', 'response.created']);
});

test('a server that cannot stream answers whole, and the run is the same without the events of the API', async () => {
  const { server, runConfig } = localApi([]);
  const content = [{ type: 'output_text', text: 'Hello.' }];
  server.failNext({
    body: { object: 'response', status: 'completed', output: [{ type: 'message', role: 'assistant', content }] },
  });
  const streamed = await run(agent, 'go', { runConfig, stream: true });
  assert.deepEqual((await all(streamed)).map(nameOf), [
    'agent: assistant',
    'message_output_created: message_output_item',
  ]);
  assert.equal((await streamed.completed).finalOutput, 'Hello.');
});
