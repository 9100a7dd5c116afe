import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

// From the source: what the import makes of each conversation, before a store has it.
import { conversationLines } from '../../js/src/moving/chatgpt-lines.ts';
import { BRANCHED, conversation, message, TOOLS } from '../support/chatgpt-export.ts';

interface Line {
  type: string;
  [field: string]: any;
}

function linesOf(value: unknown): Line[] {
  const read = conversationLines(value);
  assert.ok('lines' in read, JSON.stringify(read));
  return read.lines.map((line) => JSON.parse(line));
}

const itemsOf = (lines: Line[]) => lines.filter(({ type }) => type === 'item');
const said = (lines: Line[], shelf?: string) =>
  itemsOf(lines)
    .filter((line) => line.shelf === shelf)
    .map(({ item }) => item.content ?? item.output ?? `${item.name} ${item.arguments}`);

test('a conversation keeps its id, title and time, and says where it is from', () => {
  assert.deepEqual(linesOf(BRANCHED)[0], {
    type: 'conversation',
    id: 'chatgpt-branched',
    title: 'Talk branched',
    metadata: { source: 'chatgpt', conversationId: 'branched' },
    createdAt: '2023-11-14T22:13:20.500Z',
  });
});

test('the path that ChatGPT shows is the history, and each other path is a branch', () => {
  const lines = linesOf(BRANCHED);
  assert.deepEqual(said(lines), [
    'Which bird sings at night?',
    'The nightingale.',
    'Where does it live?',
    'In bushes near water.',
    'Thanks.',
  ]);
  assert.deepEqual(said(lines, 'branch:chatgpt-a2'), ['In thickets.']);
  assert.deepEqual(said(lines, 'branch:chatgpt-q1-edited'), ['Which bird sings by day?', 'The lark.']);
  const shelves = lines.filter(({ type }) => type === 'shelf');
  assert.deepEqual(
    shelves.map(({ name, note: { parent, active, after } }) => ({ name, parent, active, after })),
    [
      { name: 'branch:main', parent: '', active: true, after: [] },
      {
        name: 'branch:chatgpt-a2',
        parent: 'main',
        active: false,
        after: ['chatgpt-q2', 'chatgpt-a1', 'chatgpt-q1'],
      },
      { name: 'branch:chatgpt-q1-edited', parent: '', active: false, after: [] },
    ],
  );
});

test('each item comes behind the one that it answers, with its time and who said it', () => {
  const items = itemsOf(linesOf(BRANCHED));
  assert.equal(new Set(items.map(({ uid }) => uid)).size, items.length);
  const [first, second] = items;
  assert.deepEqual([first?.agent, second?.agent], [null, 'ChatGPT']);
  assert.ok(first?.at < second?.at);
  assert.match(first?.at, /^2023-11-14T22:1\d:\d\d\.000Z$/);
});

test('hidden messages, settings and thoughts are left out', () => {
  assert.doesNotMatch(JSON.stringify(linesOf(BRANCHED)), /user_profile|chatgpt-sys|chatgpt-ctx/);
  assert.doesNotMatch(JSON.stringify(linesOf(TOOLS)), /think/);
});

test('a tool call and its output are items of their own, and what has no partner is a text', () => {
  const items = itemsOf(linesOf(TOOLS)).map(({ item }) => item);
  assert.deepEqual(items, [
    { role: 'user', content: 'How many primes are below 100?' },
    { type: 'function_call', call_id: 'call-code', name: 'python', arguments: '{"input":"print(25)"}' },
    { type: 'function_call_output', call_id: 'call-code', output: '25' },
    { role: 'assistant', content: 'There are 25.' },
    { role: 'user', content: '[Image: bird.png]\n\nWhat is this?\n\n[File: notes .pdf]' },
    { type: 'function_call', call_id: 'call-paint', name: 'dalle_text2im', arguments: '{"prompt":"a bird"}' },
    { type: 'function_call_output', call_id: 'call-paint', output: '[Image]' },
    { role: 'assistant', content: '[dalle_text2im]\n\nIt was painted.' },
    { role: 'assistant', content: '[browser]\n\nsearch("birds")' },
  ]);
});

test('a message whose parent is missing begins a path of its own', () => {
  const lines = linesOf(
    conversation(
      'orphans',
      [
        { id: 'a', message: message('user', 'first') },
        { id: 'b', parent: 'gone', message: message('user', 'second') },
        { id: 'c', parent: 'b', message: message('assistant', 'third') },
      ],
      { current_node: 'c' },
    ),
  );
  assert.deepEqual(said(lines), ['second', 'third']);
  assert.deepEqual(said(lines, 'branch:chatgpt-a'), ['first']);
});

test('rings are opened, and every message is there once', () => {
  const ring = conversation('ring', [
    { id: 'self', parent: 'self', message: message('user', 'alone') },
    { id: 'x', parent: 'z', message: message('user', 'x') },
    { id: 'y', parent: 'x', message: message('user', 'y') },
    { id: 'z', parent: 'y', message: message('user', 'z') },
  ]);
  for (const current of ['self', 'x', 'z', 'gone', 7, null]) {
    const items = itemsOf(linesOf({ ...ring, current_node: current }));
    assert.deepEqual(items.map(({ uid }) => uid).sort(), ['chatgpt-self', 'chatgpt-x', 'chatgpt-y', 'chatgpt-z']);
  }
});

test('a path of a hundred thousand messages is read', () => {
  const mapping = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, index) => [
      `n${index}`,
      { parent: index ? `n${index - 1}` : null, children: [`n${index + 1}`], message: message('user', 'again') },
    ]),
  );
  const lines = linesOf({ id: 'deep', mapping, current_node: 'n500' });
  assert.equal(itemsOf(lines).length, 100_000);
});

test('ids that could be anything become names that are safe', () => {
  const ids = ['__proto__', 'constructor', 'a b', 'x'.repeat(5000), '\ud800', '', 'chatgpt_3'];
  const mapping = JSON.parse(`{${ids.map((id) => `${JSON.stringify(id)}:{"message":{}}`)}}`);
  for (const id of ids) mapping[id].message = message('assistant', `said \ud800 ${ids.indexOf(id)}`);
  const items = itemsOf(linesOf({ id: 'ids', title: '\udfff', mapping }));
  assert.equal(new Set(items.map(({ uid }) => uid)).size, ids.length);
  for (const { uid, item } of items) {
    assert.match(uid, /^chatgpt[-_][\w-]{1,50}$/);
    assert.match(item.content, /^said \ufffd \d$/);
  }
});

test('what is no conversation is told from one', () => {
  for (const value of [null, 7, 'x', [], {}, { mapping: {} }, { id: 7, mapping: {} }]) {
    assert.deepEqual(conversationLines(value), { flaw: 'has no id' });
  }
  assert.deepEqual(conversationLines({ id: 'x' }), { flaw: 'has no messages' });
  assert.deepEqual(itemsOf(linesOf({ id: 'x', mapping: {} })), []);
});

test('whatever stands in the fields, nothing is thrown and every line is JSON', () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('n0', 'n1', 'n2', 'text', 'all', 1.7e9, -1, 1e300),
  );
  const content = fc.record(
    {
      content_type: fc.constantFrom('text', 'code', 'multimodal_text', 'tether_quote', 'new_type'),
      parts: fc.array(odd),
      text: odd,
    },
    { requiredKeys: [] },
  );
  const messages = fc.record(
    {
      author: fc.oneof(odd, fc.record({ role: fc.constantFrom('user', 'assistant', 'tool', 'system'), name: odd })),
      content: fc.oneof(odd, content),
      recipient: odd,
      create_time: odd,
      metadata: fc.oneof(odd, fc.record({ attachments: odd })),
    },
    { requiredKeys: [] },
  );
  const node = fc.record({ message: fc.oneof(odd, messages), parent: odd, children: odd }, { requiredKeys: [] });
  const mapping = fc.dictionary(fc.constantFrom('n0', 'n1', 'n2', 'n3'), fc.oneof(odd, node));
  fc.assert(
    fc.property(
      fc.record({ id: fc.constant('x'), mapping, current_node: odd, title: odd, create_time: odd }),
      (value) => {
        const items = itemsOf(linesOf(value));
        const calls = items.filter(({ item }) => item.type === 'function_call');
        const outputs = items.filter(({ item }) => item.type === 'function_call_output');
        for (const { item } of calls) assert.ok(outputs.some((output) => output.item.call_id === item.call_id));
        for (const { at } of items) assert.equal(new Date(at).toISOString(), at);
      },
    ),
  );
});
