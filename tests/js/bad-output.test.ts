import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, MemorySession, run, type StreamedRun, tool } from 'agents-wasm';
import fc from 'fast-check';

import { checkGoesOn, checkWhole, failureOf, onEachStore, SECRET, soon } from '../support/faulty-runs.ts';
import { checkLeaks } from '../support/local-api.ts';
import { events, functionCall, message, modelSays, response } from '../support/model-answers.ts';
import type { AnySession } from '../support/session-suite.ts';

checkLeaks();

const called: unknown[] = [];
const act = tool({
  name: 'act',
  strict: false,
  execute: (args) => {
    called.push(args);
    return 'ok';
  },
});
const other = new Agent({ name: 'other' });
const agent = new Agent({ name: 'a', tools: [act], handoffs: [other] });

/** What makes such items takes them too; what the API would not is left to the doctor. */
type Provider = 'strict' | 'lenient';

/** What the run came to: the final output, or the code that it failed with. */
async function outcomeOf(
  session: AnySession,
  id: string,
  answers: (object | string)[],
  { stream, provider = 'strict' }: { stream: boolean; provider?: Provider },
) {
  called.length = 0;
  const { requests, runConfig } = modelSays([...answers, response([message('done', { id: `msg_${id}` })])]);
  const options = { session, conversationId: id, runConfig };
  const working = stream ? run(agent, SECRET, { ...options, stream: true }).then(readAll) : run(agent, SECRET, options);
  const outcome = await soon(working).then(
    ({ finalOutput }) => finalOutput,
    async () => (await failureOf(working)).code,
  );
  if (provider === 'strict') await checkGoesOn(session, id);
  else await checkRepairs(session, id);
  return { outcome, requests };
}

/** The history can be read and made whole, and a server that takes such items goes on with it. */
async function checkRepairs(session: AnySession, id: string): Promise<void> {
  await session.doctor(id, { repair: true });
  await checkWhole(session, id);
  const { runConfig } = modelSays([response([message('Fine.', { id: `msg_${id}_fine` })])]);
  const { finalOutput } = await run(new Agent({ name: 'next' }), 'And now?', {
    session,
    conversationId: id,
    runConfig,
  });
  assert.equal(finalOutput, 'Fine.');
}

async function readAll(streamed: StreamedRun) {
  for await (const event of streamed) assert.equal(typeof event.type, 'string');
  return streamed.completed;
}

/** Whole and streamed, on each store, the run with this answer comes to this. */
async function comesTo(expected: string, answer: object | string, provider?: Provider): Promise<void> {
  const answers = [answer];
  await onEachStore(async (session, where) => {
    for (const stream of [false, true]) {
      if (!stream && answers.some((answer) => typeof answer === 'string')) continue;
      const { outcome } = await outcomeOf(session, `stream: ${stream}`, answers, {
        stream,
        ...(provider && { provider }),
      });
      assert.equal(outcome, expected, `${where}, stream: ${stream}: ${JSON.stringify(answers).slice(0, 300)}`);
    }
  });
}

test('items of a type that nobody knows, and items without ids, are kept as they are', async () => {
  const strange = { type: 'hologram', depth: { a: [1, null] }, __proto__: null, constructor: 5 };
  await onEachStore(async (session) => {
    for (const stream of [false, true]) {
      const id = `stream: ${stream}`;
      const said = message('Hello.', { id: undefined });
      const { outcome } = await outcomeOf(session, id, [response([strange, said])], { stream, provider: 'lenient' });
      assert.equal(outcome, 'Hello.');
      const [, stored] = await session.loadItems(id);
      assert.equal(JSON.stringify(stored), JSON.stringify(strange));
    }
  });
});

test('arguments that are malformed are answered in the place of the tool, and the run goes on', async () => {
  for (const args of ['{', 'nul', '{"a":1}}', '\u0000', '{"a":"\ud800"', '['.repeat(600)]) {
    await comesTo('done', response([functionCall('c1', args)]));
    assert.deepEqual(called, [], args.slice(0, 20));
  }
});

test('arguments that are no object, or no text at all, never break a run', async () => {
  for (const args of ['[]', 'null', '5', '"text"', 5, null, undefined, { a: 1 }, '{"__proto__":{"polluted":1}}']) {
    await comesTo('done', response([functionCall('c1', args)]), 'lenient');
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test('a call without a name or a call_id fails the run before any tool starts', async () => {
  for (const flaw of [{ call_id: undefined }, { call_id: '' }, { call_id: null }, { call_id: 5 }, { call_id: {} }]) {
    await comesTo('model_behavior', response([functionCall('c1'), functionCall('c2', '{}', flaw)]));
    assert.deepEqual(called, []);
  }
  for (const flaw of [{ name: undefined }, { name: null }, { name: 5 }, { name: '' }, { name: 'toString' }]) {
    await comesTo('model_behavior', response([functionCall('c1'), functionCall('c2', '{}', flaw)]));
    assert.deepEqual(called, []);
  }
});

test('a call of a hosted kind that nobody answers fails the run, and what the provider answered itself does not', async () => {
  for (const type of ['computer_call', 'custom_tool_call', 'local_shell_call', 'shell_call', 'apply_patch_call']) {
    await comesTo('model_behavior', response([{ type, id: 'x', call_id: 'c1', status: 'completed' }]));
  }
  const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } };
  await comesTo('Found.', response([search, message('Found.')]));
});

test('a response without items, or with a message that says nothing, is an empty final output', async () => {
  await comesTo('', response([]));
  for (const content of [undefined, null, [], [{}], [null], [5], [{ type: 'hologram' }], {}, 5]) {
    await comesTo('', response([message('x', { content })]), 'lenient');
  }
  for (const text of [undefined, null, 5, {}]) await comesTo('', response([message(text)]), 'lenient');
});

test('a response whose output is no list of objects fails the run', async () => {
  for (const output of [undefined, null, 'text', 5, {}, [5], [null], ['text'], [[message('x')]], [message('x'), 5]]) {
    await comesTo('model_behavior', response(output));
  }
});

test('a refusal fails the run, and so do statuses that are no answer', async () => {
  const refusal = message('x', { content: [{ type: 'refusal', refusal: 'I will not.' }] });
  await comesTo('model_refusal', response([refusal]));
  for (const status of ['failed', 'cancelled', 'incomplete', 'queued', 'in_progress']) {
    const { outcome } = await once([response([message('x')], { status })]);
    assert.match(outcome, /^(model_failed|model_behavior|x)$/, status);
  }
});

test('usage and ids that are nonsense do not break a run', async () => {
  const sides = [undefined, null, 5, 'x', [], -1, 1.5, 1e300, 2 ** 53, '5', {}];
  for (const value of sides) {
    await comesTo('x', response([message('x')], { usage: value }));
    await comesTo('x', response([message('x')], { usage: { input_tokens: value, total_tokens: value } }));
    await comesTo('x', response([message('x')], { usage: { input_tokens_details: value } }));
    await comesTo('x', response([message('x', { id: value })], { id: value }), 'lenient');
  }
});

/** One streamed run in memory. */
async function once(answers: (object | string)[]) {
  await using session = new MemorySession();
  return await outcomeOf(session, 'c', answers, { stream: true });
}

test('a call_id that comes twice in a response is one call, which is made once', async () => {
  await onEachStore(async (session, where) => {
    for (const [index, second] of [functionCall('c1'), functionCall('c1', '{"b":2}', { id: 'fc_2' })].entries()) {
      for (const stream of [false, true]) {
        const id = `${index} ${stream}`;
        const first = response([functionCall('c1', '{"a":1}'), second]);
        const { outcome } = await outcomeOf(session, id, [first], { stream, provider: 'lenient' });
        assert.equal(outcome, 'done', where);
        assert.equal(called.length, 1);
      }
    }
  });
});

test('a server that counts its calls anew in each response is answered in each', async () => {
  await onEachStore(async (session) => {
    for (const stream of [false, true]) {
      const answers = [1, 2, 3].map((n) => response([functionCall('call_0', `{"n":${n}}`, { id: `fc_${n}` })]));
      const { outcome } = await outcomeOf(session, `${stream}`, answers, { stream, provider: 'lenient' });
      assert.equal(outcome, 'done');
      assert.deepEqual(called, [{ n: 1 }, { n: 2 }, { n: 3 }]);
    }
  });
});

test('an output that the model makes up for a call that nobody made does no harm that the doctor cannot repair', async () => {
  const orphan = { type: 'function_call_output', call_id: 'nobody', output: 'made up' };
  await comesTo('x', response([orphan, message('x')]), 'lenient');
});

test('an output that the model makes up for its own call is the answer, and the tool is not asked', async () => {
  const madeUp = { type: 'function_call_output', call_id: 'c1', output: 'made up' };
  await comesTo('done', response([functionCall('c1'), madeUp, functionCall('c2')]));
  assert.equal(called.length, 1);
});

test('handoffs and tools of one name are refused before the model is asked', async () => {
  const twin = tool({ name: 'transfer_to_other', execute: () => '' });
  const both = new Agent({ name: 'a', tools: [twin], handoffs: [other] });
  const { requests, runConfig } = modelSays([]);
  await failureOf(run(both, SECRET, { runConfig }), 'user_error');
  assert.equal(requests.length, 0);
});

test('5 MB in one delta, in one item and in the arguments of one call arrive whole', async () => {
  const text = 'ü"\\'.repeat(1_300_000);
  const item = message(text);
  const stream = events([
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'msg_1', delta: text },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: response([item]) },
  ]);
  await onEachStore(async (session, where) => {
    const { outcome } = await outcomeOf(session, 'delta', [stream], { stream: true });
    assert.ok(outcome === text);
    if (where === 'file') return;
    await outcomeOf(session, 'arguments', [response([functionCall('c1', JSON.stringify({ text }))])], { stream: true });
    assert.ok((called[0] as { text: string }).text === text);
  });
});

const item = message('Hello.');
const completed = { type: 'response.completed', response: response([item]) };
const added = { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } };
const delta = {
  type: 'response.output_text.delta',
  output_index: 0,
  content_index: 0,
  item_id: 'msg_1',
  delta: 'Hello.',
};
const done = { type: 'response.output_item.done', output_index: 0, item };

test('events that are unknown, repeated, out of order or late change nothing about a response that completes', async () => {
  const streams = [
    [completed],
    [delta, added, completed],
    [done, added, delta, completed],
    [completed, done, delta],
    [completed, completed],
    [delta, delta, { ...delta, output_index: 7 }, { ...delta, output_index: -1 }, completed],
    [{ ...delta, delta: 5 }, { ...delta, delta: null }, { ...delta, delta: {} }, completed],
    [{ ...added, item: null }, completed],
    [{ type: 'response.hologram.delta', delta: 'x' }, { type: 'ping' }, completed],
    [added, { type: 'response.in_progress' }, { ...completed, sequence_number: -5 }],
  ];
  for (const one of streams) await comesTo('Hello.', events(one));
});

test('a stream that never completes its response, or says what is no event, fails the run', async () => {
  const streams = [
    [],
    [added, delta, done],
    [{ type: 'response.completed' }],
    [{ type: 'response.completed', response: null }],
    [{ type: 'response.completed', response: 5 }],
    [{ type: 'response.failed', response: response([], { status: 'failed', error: null }) }],
    [{ type: 'response.incomplete', response: response([item], { status: 'incomplete' }) }],
    [{ type: 'error' }],
    [{ type: 'error', error: 5 }],
    [{ ...done, item: 5 }, completed],
    ['{"type":"response.'],
    ['{'],
  ];
  for (const one of streams) {
    const { outcome } = await once([events(one)]);
    assert.match(outcome, /^(model_failed|model_behavior|api_connection|api_error)$/, JSON.stringify(one));
  }
});

test('data that is no object between the events is passed over, or fails the run', async () => {
  for (const odd of ['5', 'null', '[]', '"x"', '{}', '{"type":5}', '{"type":null}', '[DONE]', '']) {
    const { outcome } = await once([events([odd, completed])]);
    assert.match(outcome, /^(Hello\.|model_failed|model_behavior|api_connection)$/, odd);
  }
});

test('10,000 items in one response are kept', async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => message(`${index}`, { id: `msg_${index}` }));
  await comesTo('9999', response(items));
});

test('whatever is changed in a response, the run completes or fails with a type, and the history is whole', async () => {
  const valid = response([{ type: 'reasoning', id: 'rs_1', summary: [] }, functionCall('c1', '{"a":1}'), message('x')]);
  const anywhere = fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 3 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(anywhere, { minLength: 1, maxLength: 3 }), fc.boolean(), async (changes, stream) => {
      await using session = new MemorySession();
      let answer: object = structuredClone(valid);
      for (const [at, value, isRemoved] of changes) answer = changed(answer, at, value, isRemoved);
      await outcomeOf(session, 'c', [answer], { stream, provider: 'lenient' });
    }),
    { numRuns: 150 },
  );
});

/** With the value in one of its places, or without that place. */
function changed(tree: object, at: number, value: unknown, isRemoved: boolean): object {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk(child);
    }
  };
  walk(tree);
  const [holder, key] = places[at % places.length] ?? [{}, ''];
  if (isRemoved && !Array.isArray(holder)) delete holder[key];
  else holder[key] = value;
  return tree;
}
