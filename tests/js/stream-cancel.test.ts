import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, Runner, run, tool } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { badArgument } from '../support/refusals.ts';

checkLeaks();

const act = tool({ name: 'act', execute: () => 'acted' });
const agent = new Agent({ name: 'a', tools: [act] });
const acting = { calls: [{ name: 'act', callId: 'c1' }] };

test('a run that is cancelled after its turn has the outputs of that turn, and can go on', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi([acting, 'Done.']);
  const options = { session, conversationId: 'c', runConfig };
  const streamed = await run(agent, 'go', { ...options, stream: true });
  const names: string[] = [];
  const read = async () => {
    for await (const event of streamed) {
      if (event.type !== 'run_item_stream_event') continue;
      names.push(event.name);
      if (event.name === 'tool_called') await streamed.cancel({ mode: 'after_turn' });
    }
  };
  await assert.rejects(read(), { name: 'AbortError', code: 'aborted' });
  await assert.rejects(streamed.completed, { code: 'aborted' });
  assert.deepEqual(names, ['tool_called', 'tool_output']);
  assert.deepEqual(await session.loadItems('c'), []);
  const result = await Runner.resume(agent, options);
  assert.deepEqual([result.finalOutput, server.requests.length], ['Done.', 2]);
  assert.equal((await session.loadItems('c')).length, 4);
});

test('a run that is cancelled after its last turn is complete', async () => {
  const streamed = await run(agent, 'go', { ...localApi(['Done.']), stream: true });
  for await (const _ of streamed.toTextStream()) await streamed.cancel({ mode: 'after_turn' });
  assert.equal((await streamed.completed).finalOutput, 'Done.');
  await streamed.cancel({ mode: 'after_turn' });
});

test('the mode of a cancel names itself when it is wrong', async () => {
  const streamed = await run(agent, 'go', { ...localApi(['Done.']), stream: true });
  await badArgument(() => streamed.cancel({ mode: 'later' as never }), "mode must be 'immediate' or 'after_turn'");
  await streamed.completed;
});

test('with the memory of the API a run sends what is new since a response', async () => {
  const lengths = async (options: object) => {
    const { server, runConfig } = localApi(['Before.', acting, 'Done.']);
    const { lastResponseId } = await run(agent, 'first', { runConfig });
    const previous = 'previousResponseId' in options ? { previousResponseId: lastResponseId! } : {};
    await run(agent, 'go', { runConfig, ...options, ...previous });
    return server.requests.slice(1).map(({ body }) => [body.previous_response_id === undefined, body.input.length]);
  };
  assert.deepEqual(await lengths({ previousResponseId: '' }), [
    [false, 1],
    [false, 1],
  ]);
  assert.deepEqual(await lengths({ autoPreviousResponseId: true }), [
    [true, 1],
    [false, 1],
  ]);
});
