import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, run } from 'agents-wasm';
import fc from 'fast-check';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const agent = new Agent({ name: 'assistant' });
const user = (content: string): Item => ({ role: 'user', content });

const CALLS = ['function_call', 'custom_tool_call', 'computer_call', 'apply_patch_call', 'tool_search_call'] as const;
const outputType = (call: string) => (call === 'tool_search_call' ? 'tool_search_output' : `${call}_output`);

// Few names, so that items meet again.
const id = fc.constantFrom('a', 'b', 'c', 'd');
const kind = fc.constantFrom(...CALLS);
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const calling = fc.record({ type: kind, call_id: id, arguments: text });
const answering = fc.record({ type: kind.map(outputType), call_id: id, output: text });
const anyItem: fc.Arbitrary<Item> = fc.oneof(
  { weight: 3, arbitrary: calling },
  { weight: 3, arbitrary: answering },
  { weight: 2, arbitrary: id.map((one) => ({ type: 'reasoning', id: `rs_${one}`, summary: [] })) },
  { weight: 2, arbitrary: text.map(user) },
  fc.record({
    type: fc.constant('message'),
    role: fc.constant('assistant'),
    id: id.map((one) => `msg_${one}`),
    content: fc.array(fc.record({ type: fc.constant('output_text'), text }), { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('mcp_approval_response'), approval_request_id: id, approve: fc.boolean() }),
);

// As JSON brings them back.
const item = anyItem.map((one): Item => JSON.parse(JSON.stringify(one)));

/** What is sent of this history and input, and what is stored behind it, without the model's answer. */
async function tell(history: Item[], input: Item[]): Promise<{ sent: Item[]; stored: Item[] }> {
  await using session = new MemorySession();
  if (history.length > 0) await session.saveItems('c', history);
  const { server, runConfig } = localApi([]);
  server.failNext({ status: 200, body: { object: 'response', id: 'resp_1', status: 'completed', output: [] } });
  await run(agent, input, { session, conversationId: 'c', runConfig });
  const stored = JSON.parse(JSON.stringify(await session.loadItems('c')));
  return { sent: server.requests[0]!.body.input, stored };
}

const pairOf = ({ type = '', call_id }: Item) => `${type.replace(/(_call)?(_output)?$/, '')} ${call_id}`;
const isCall = ({ type = '' }: Item) => (CALLS as readonly string[]).includes(type);
const isOutput = ({ type = '' }: Item) => CALLS.map(outputType).includes(type);

/** Fails where a provider would refuse the items. */
function checkTaken(items: Item[]): void {
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const one of items) {
    const identity = one.call_id ?? one.id ?? one.approval_request_id;
    if (identity !== undefined) {
      const key = `${one.type} ${identity}`;
      assert.ok(!seen.has(key), `${key} comes twice`);
      seen.add(key);
    }
    if (isCall(one)) open.add(pairOf(one));
    if (isOutput(one)) assert.ok(open.delete(pairOf(one)), `${pairOf(one)} is answered and was not asked`);
  }
  assert.deepEqual([...open], [], 'calls without an output');
}

/** The pairs of calls that were answered after they were made. */
function answered(items: Item[]): Set<string> {
  const made = new Set<string>();
  const found = new Set<string>();
  for (const one of items) {
    if (isCall(one)) made.add(pairOf(one));
    if (isOutput(one) && made.has(pairOf(one))) found.add(pairOf(one));
  }
  return found;
}

const isSubsequence = (part: unknown[], whole: unknown[]): boolean => {
  let at = 0;
  for (const one of whole) if (at < part.length && JSON.stringify(one) === JSON.stringify(part[at])) at++;
  return at === part.length;
};

test('whatever a history holds, the model is sent what a provider takes, and the history stays as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 14 }), async (history) => {
      const { sent, stored } = await tell(history, [user('q')]);
      checkTaken(sent);
      assert.deepEqual(stored, [...history, user('q')]);
      assert.deepEqual(answered(sent), answered(history));
      assert.ok(
        isSubsequence(
          [...history, user('q')].filter(({ role }) => role === 'user'),
          sent,
        ),
      );
      // A message loses an id that another one has too.
      const spelled = new Set(
        stored.flatMap((one) => [one, { ...one, id: undefined }]).map((one) => JSON.stringify(one)),
      );
      for (const one of sent) assert.ok(spelled.has(JSON.stringify(one)));
    }),
    { numRuns: 300 },
  );
});

test('outputs in new input answer the calls that a history left open', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 14 }), async (history) => {
      const done = answered(history);
      const open = new Map(
        history.filter((one) => isCall(one) && !done.has(pairOf(one))).map((one) => [pairOf(one), one]),
      );
      const outputs = [...open.values()].map(({ type, call_id }) => ({
        type: outputType(type!),
        call_id,
        output: 'new',
      }));
      const { sent } = await tell(history, outputs);
      checkTaken(sent);
      assert.deepEqual(answered(sent), new Set([...done, ...open.keys()]));
    }),
    { numRuns: 200 },
  );
});
