import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, type RunContext, run, tool } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { badArgument } from '../support/refusals.ts';

checkLeaks();

const callInner = { calls: [{ name: 'translator', arguments: { input: 'hello' }, callId: 'c1' }] };
const inner = new Agent({ name: 'Translator', handoffDescription: 'Translates.', instructions: 'Translate.' });
const outerOf = (translator: ReturnType<Agent['asTool']>) => new Agent({ name: 'outer', tools: [translator] });

test('an agent may be a tool of another one', async () => {
  const { server, runConfig } = localApi([callInner, 'bonjour', 'It is bonjour.']);
  const outer = outerOf(inner.asTool());
  const { finalOutput, usage, rawResponses } = await run(outer, 'go', { runConfig });
  assert.equal(finalOutput, 'It is bonjour.');
  const [shown, nested, last] = server.requests.map(({ body }) => body);
  assert.deepEqual([shown.tools[0].name, shown.tools[0].description], ['translator', 'Translates.']);
  assert.deepEqual([nested.instructions, nested.input], ['Translate.', [{ role: 'user', content: 'hello' }]]);
  assert.equal(last.input.at(-1).output, 'bonjour');
  assert.deepEqual([usage.requests, rawResponses.length], [3, 2]);
});

test('usage of a run that a tool starts with its context is counted too', async () => {
  const { runConfig } = localApi([{ calls: [{ name: 'ask' }] }, 'inner', 'outer']);
  const ask = tool({
    name: 'ask',
    execute: async (_, parent) => (await run(inner, 'q', { parent, runConfig })).finalOutput,
  });
  assert.equal((await run(new Agent({ name: 'a', tools: [ask] }), 'go', { runConfig })).usage.requests, 3);
});

test('what the outer model reads may be made of the whole result', async () => {
  const { server, runConfig } = localApi([callInner, 'bonjour', 'done']);
  const customOutputExtractor = ({ finalOutput, lastAgent }: { finalOutput: string; lastAgent: Agent }) =>
    `${lastAgent.name}: ${finalOutput}`;
  await run(outerOf(inner.asTool({ customOutputExtractor, toolName: 'translator' })), 'go', { runConfig });
  assert.equal(server.requests[2]!.body.input.at(-1).output, 'Translator: bonjour');
});

test("an agent that is a tool has the outer run's context, and a session of its own if it is given one", async () => {
  await using session = new MemorySession();
  const seen: unknown[] = [];
  const instructions = ({ context }: RunContext) => {
    seen.push(context);
    return 'Translate.';
  };
  const remembering = inner.clone({ instructions }).asTool({ runOptions: { session, conversationId: 'inner' } });
  const { runConfig } = localApi([callInner, 'bonjour', 'done']);
  await run(outerOf(remembering), 'go', { runConfig, context: 'mine', session, conversationId: 'outer' });
  assert.deepEqual(seen, ['mine']);
  assert.equal((await session.loadItems('inner')).length, 2);
  assert.equal((await session.loadItems('outer')).length, 4);
});

test('the events of an agent that is a tool can be watched', async () => {
  const log: unknown[] = [];
  const watched = inner.asTool({
    onStream: async ({ event, agent, toolCall }) => {
      if (event.type === 'run_item_stream_event') log.push(event.name, agent, toolCall.call_id);
    },
  });
  const { server, runConfig } = localApi([callInner, 'bonjour', 'done']);
  await run(outerOf(watched), 'go', { runConfig });
  assert.deepEqual(log, ['message_output_created', inner, 'c1']);
  assert.equal(server.requests[2]!.body.input.at(-1).output, 'bonjour');
});

test('an agent that is a tool cannot wait for approvals, of which the model is told', async () => {
  const remove = tool({ name: 'remove', needsApproval: true, execute: () => '' });
  const careful = inner.clone({ tools: [remove] });
  const { server, runConfig } = localApi([callInner, { calls: [{ name: 'remove' }] }, 'done']);
  await run(outerOf(careful.asTool()), 'go', { runConfig });
  assert.match(server.requests[2]!.body.input.at(-1).output, /A tool of the agent 'Translator' needs an approval/);
});

test('a failure of an agent that is a tool is told to the model', async () => {
  const failing = inner.clone({
    tools: [tool({ name: 'act', errorFunction: null, execute: () => assert.fail('No.') })],
  });
  const { server, runConfig } = localApi([callInner, { calls: [{ name: 'act' }] }, 'done']);
  await run(outerOf(failing.asTool()), 'go', { runConfig });
  assert.match(
    server.requests[2]!.body.input.at(-1).output,
    /^An error occurred.* Error: The tool 'act' failed: No\.$/,
  );
});

test('options of an agent that is a tool name themselves when they are wrong', async () => {
  await badArgument(() => inner.asTool(5 as never), 'options of asTool', 'a number');
  await badArgument(() => inner.asTool({ toolName: 'no spaces' }), 'toolName');
  await badArgument(() => inner.asTool({ needsApproval: 'yes' as never }), 'needsApproval', 'a string');
  await badArgument(() => inner.asTool({ toolDescription: 5 as never }), 'toolDescription', 'a number');
});
