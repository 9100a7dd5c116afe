import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExportProgress, type ImportProgress, type Item, MemorySession, SQLiteSession } from 'agents-wasm';
import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const encoder = new TextEncoder();
const user = (content: string): Item => ({ role: 'user', content });
const HEADER = '{"type":"agents_wasm.export","version":1,"exportedAt":"2026-11-23T00:00:00.000Z"}';
const END = '{"type":"end","conversations":1,"items":1}';
const conversation = (id: string) => `{"type":"conversation","id":"${id}","title":"","metadata":{}}`;
const item = (uid: string, content = uid) =>
  `{"type":"item","uid":"${uid}","at":"2026-11-23T00:00:00.000Z","item":{"role":"user","content":"${content}"}}`;
const file = (...lines: string[]) => [HEADER, ...lines, END, ''].join('\n');

async function textOf(session: MemorySession, options = {}): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of session.exportConversations(options)) text += decoder.decode(bytes, { stream: true });
  return text;
}

const contentsOf = async (session: MemorySession, id: string) =>
  (await session.loadItems(id)).map(({ content }) => content);

test('an export is lines of JSON with a beginning and an end, the conversation changed last at last', async () => {
  await using session = new MemorySession();
  await session.saveItems('a', [user('one')]);
  await session.saveItems('b', [user('two'), user('three')]);
  await session.setTitle('a', 'First');
  const lines = (await textOf(session)).trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ type, id, item }) => id ?? item?.content ?? type),
    ['agents_wasm.export', 'b', 'two', 'three', 'a', 'one', 'end'],
  );
  assert.deepEqual(records.at(-1), { type: 'end', conversations: 2, items: 3 });
  assert.equal(records[4].title, 'First');
});

test('an export can be of some conversations, and ids that are not there are left out', async () => {
  await using session = new MemorySession();
  for (const id of ['a', 'b', 'c']) await session.saveItems(id, [user(id)]);
  await using other = new MemorySession();
  const conversationIds = ['c', 'a', 'none'];
  await other.importConversations(session.exportConversations({ conversationIds }));
  assert.deepEqual(
    (await other.listConversations()).conversations.map(({ id }) => id),
    ['c', 'a'],
  );
});

test('an export is read piece by piece, also in a loop where the platform has none for streams, and can be left', async () => {
  await using session = new MemorySession();
  for (const id of ['a', 'b', 'c']) await session.saveItems(id, [user(id)]);
  const told: ExportProgress[] = [];
  for await (const _ of session.exportConversations({ onProgress: (progress) => told.push(progress) })) {
    if (told.length === 1) break;
  }
  assert.equal(told.length, 1);
  const { prototype } = ReadableStream;
  const own = Object.getOwnPropertyDescriptor(prototype, Symbol.asyncIterator) as PropertyDescriptor;
  Reflect.deleteProperty(prototype, Symbol.asyncIterator);
  try {
    assert.equal((await textOf(session)).trimEnd().split('\n').length, 8);
  } finally {
    Object.defineProperty(prototype, Symbol.asyncIterator, own);
  }
});

test('a reader of an export that is slow holds nothing but what it reads', async () => {
  await using session = new MemorySession();
  for (const id of ['a', 'b']) await session.saveItems(id, [user(id)]);
  const reader = session.exportConversations().getReader();
  await reader.read();
  await session.saveItems('b', [user('said while it was read')]);
  await session.delete('a');
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += new TextDecoder().decode(piece.value);
  }
  assert.match(text, /said while it was read/);
  await using other = new MemorySession();
  const report = await other.importConversations(`${HEADER}\n${text}`);
  assert.deepEqual([report.items, report.problems], [2, []]);
  assert.deepEqual(
    (await other.listConversations()).conversations.map(({ id }) => id),
    ['b'],
  );
});

test('exports and imports tell how far they are', async () => {
  await using session = new MemorySession();
  for (const id of ['a', 'b']) await session.saveItems(id, [user(id), user('more')]);
  const told: object[] = [];
  const text = await textOf(session, { onProgress: (progress: object) => told.push(progress) });
  const bytes = encoder.encode(text);
  assert.deepEqual(
    told.map((one) => ({ ...one, bytes: 0 })),
    [
      { conversations: 1, items: 2, bytes: 0 },
      { conversations: 2, items: 4, bytes: 0 },
    ],
  );
  await using other = new MemorySession();
  const read: ImportProgress[] = [];
  await other.importConversations(new Blob([bytes]), { onProgress: (progress) => read.push(progress) });
  assert.deepEqual(read.at(-1), { conversations: 2, items: 4, bytes: bytes.length, total: bytes.length });
});

test('a file can come as a string, bytes, a Blob, a stream or an iterable, cut anywhere', async () => {
  const text = file(conversation('c'), item('x.0', 'ä🙂'));
  const bytes = encoder.encode(text);
  async function* pieces() {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  async function* strings() {
    for (const character of text) yield character;
  }
  for (const source of [text, bytes, new Blob([bytes]), new Blob([bytes]).stream(), pieces(), strings()]) {
    await using session = new MemorySession();
    const report = await session.importConversations(source);
    assert.deepEqual(report, { conversations: 1, items: 1, skipped: 0, problems: [] });
    assert.deepEqual(await contentsOf(session, 'c'), ['ä🙂']);
  }
});

test('a byte order mark, other ends of lines and empty lines do no harm', async () => {
  await using session = new MemorySession();
  await session.importConversations(`\ufeff${file(conversation('c'), '', item('x.0'), ' ').replaceAll('\n', '\r\n')}`);
  assert.deepEqual(await contentsOf(session, 'c'), ['x.0']);
});

const damage: [string, string, string][] = [
  ['is no JSON', '{"type":"item","item":{"role":"us', 'Line 4 of the import is not JSON.'],
  ['is no object', '[1]', 'Line 4 of the import is no JSON object.'],
  ['has no item', '{"type":"item","uid":"y.0"}', 'Line 4 of the import has no item, which must be a JSON object.'],
  [
    'has a text for an item',
    '{"type":"item","item":"hi"}',
    'Line 4 of the import has no item, which must be a JSON object.',
  ],
  [
    'has an item nested too deeply',
    `{"type":"item","item":{"a":${'['.repeat(499)}${']'.repeat(499)}}}`,
    'Line 4 of the import has an item that is nested deeper than 499 levels.',
  ],
  [
    'has a time that is none',
    '{"type":"item","at":"yesterday","item":{}}',
    "Line 4 of the import has an 'at' that is no time, as ISO 8601 writes it.",
  ],
  [
    'has a uid that is no string',
    '{"type":"item","uid":7,"item":{}}',
    "Line 4 of the import has a 'uid' that is no well-formed string.",
  ],
  [
    'has a note that is no object',
    '{"type":"shelf","name":"s","note":[]}',
    "Line 4 of the import has a 'note' that is no JSON object.",
  ],
  ['is something else', '{"role":"user","content":"secret"}', 'Line 4 of the import is no line of an export.'],
];
for (const [name, line, message] of damage) {
  test(`a line that ${name} ends an import with an error that names it, or is left out`, async () => {
    const text = file(conversation('a'), item('x.0'), line, item('x.1'), conversation('b'), item('y.0'));
    await using strict = new MemorySession();
    await assert.rejects(strict.importConversations(text), { name: 'SessionError', message });
    assert.deepEqual((await strict.listConversations()).conversations, []);
    await using lenient = new MemorySession();
    const report = await lenient.importConversations(text, { onError: 'skip' });
    assert.deepEqual(report, { conversations: 2, items: 3, skipped: 0, problems: [{ line: 4, message }] });
    assert.deepEqual(await contentsOf(lenient, 'a'), ['x.0', 'x.1']);
  });
}

test('a line that is not UTF-8 is named, and nothing of it is in the error', async () => {
  await using session = new MemorySession();
  const bytes = encoder.encode(file(conversation('c'), item('x.0', 'secret?')));
  bytes[bytes.indexOf('?'.charCodeAt(0))] = 0xff;
  await assert.rejects(session.importConversations(bytes), {
    code: 'corrupt',
    message: 'Line 3 of the import is not UTF-8.',
  });
});

test('of a file that was cut the conversations that are whole are added, and the error says where it ends', async () => {
  await using session = new MemorySession();
  const text = [HEADER, conversation('a'), item('x.0'), conversation('b'), item('y.0')].join('\n');
  await assert.rejects(session.importConversations(text), {
    code: 'corrupt',
    message: /^Line 5 .* the file was cut\.$/,
  });
  assert.deepEqual(await contentsOf(session, 'a'), ['x.0']);
  assert.deepEqual(await contentsOf(session, 'b'), []);
  const report = await session.importConversations(text, { onError: 'skip' });
  assert.deepEqual([report.items, report.skipped, report.problems.length], [1, 1, 1]);
  assert.deepEqual(await contentsOf(session, 'b'), ['y.0']);
});

test('a conversation that lacks lines in the middle is not added as if it were whole', async () => {
  await using from = new MemorySession();
  await from.saveItems('c', [user('one'), user('two'), user('three')]);
  const lines = (await textOf(from)).split('\n');
  lines.splice(3, 1);
  await using to = new MemorySession();
  await assert.rejects(to.importConversations(lines.join('\n')), {
    code: 'corrupt',
    message: 'Line 4 of the import ends a conversation that must have 3 items, and has 2.',
  });
  assert.deepEqual(await contentsOf(to, 'c'), []);
});

test('a line that is longer than any item may be is never held', async () => {
  await using session = new MemorySession();
  const piece = encoder.encode('x'.repeat(1024 * 1024));
  async function* huge() {
    yield encoder.encode(`${HEADER}\n${conversation('c')}\n{"type":"item","item":{"a":"`);
    for (let megabyte = 0; megabyte < 80; megabyte += 1) yield piece;
    yield encoder.encode(`"}}\n${item('x.0')}\n${END}\n`);
  }
  await assert.rejects(session.importConversations(huge()), {
    code: 'too_large',
    message: 'Line 3 of the import is longer than 64 MB.',
  });
  const { items, problems } = await session.importConversations(huge(), { onError: 'skip' });
  assert.deepEqual([items, problems.length], [1, 1]);
});

test('an export of a version to come is refused, whatever is to be left out', async () => {
  await using session = new MemorySession();
  const text = file(conversation('c'), item('x.0')).replace('"version":1', '"version":2');
  await assert.rejects(session.importConversations(text, { onError: 'skip' }), { code: 'unsupported' });
});

test('items that others wrote, one a line, go to the conversation that is named, once', async () => {
  await using session = new MemorySession();
  const lines = ['{"role":"user","content":"hi"}', '{"role":"user","content":"hi"}', '{"type":"reasoning","id":"r"}'];
  const first = await session.importConversations(lines.join('\n'), { conversationId: 'c' });
  assert.deepEqual(first, { conversations: 1, items: 3, skipped: 0, problems: [] });
  assert.equal((await session.importConversations(lines.join('\n'), { conversationId: 'c' })).skipped, 3);
  assert.equal((await session.loadItems('c')).length, 3);
  await assert.rejects(session.importConversations(lines.join('\n')), { code: 'corrupt', message: /conversationId/ });
});

test('rows of Python are the same in their own file, and get names that no other row will have elsewhere', async () => {
  await using session = new SQLiteSession({ dbPath: ':memory:' });
  const text = file(conversation('c'), item('row-1', 'a'), item('row-2', 'b'));
  await session.importConversations(text);
  const { skipped } = await session.importConversations(text);
  assert.equal(skipped, 2);
  const other = await session.importConversations(file(conversation('c'), item('row-1', 'c')));
  assert.deepEqual([other.items, other.skipped], [1, 0]);
  for (const { uid } of await session.loadItems('c')) assert.match(uid as string, /^row-\d-\w+$/);
});

test('a stopped import and a stopped export fail with an AbortError, and whole conversations stay', async () => {
  await using session = new MemorySession();
  const stop = new AbortController();
  const text = file(conversation('a'), item('x.0'), conversation('b'), item('y.0'));
  const importing = session.importConversations(text, { signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(importing, { name: 'AbortError' });
  assert.deepEqual(
    (await session.listConversations()).conversations.map(({ id }) => id),
    ['a'],
  );
  await assert.rejects(textOf(session, { signal: stop.signal }), { name: 'AbortError' });
});

test('an import that meets writers adds its items once, each conversation as a whole', async () => {
  await using session = new MemorySession();
  const lines = Array.from({ length: 20 }, (_, index) => item(`x.${index}`));
  const writing = Array.from({ length: 20 }, (_, index) => session.saveItems('c', [user(`other ${index}`)]));
  const [report] = await Promise.all([session.importConversations(file(conversation('c'), ...lines)), ...writing]);
  assert.equal(report.items, 20);
  const contents = await contentsOf(session, 'c');
  assert.equal(contents.length, 40);
  const first = contents.indexOf('x.0');
  assert.deepEqual(
    contents.slice(first, first + 20),
    lines.map((_, index) => `x.${index}`),
  );
});

test('arguments that cannot be used are refused by name', async () => {
  await using session = new MemorySession();
  const refused = (source: unknown, options?: object) =>
    assert.rejects(session.importConversations(source as string, options), { name: 'UserError' });
  await refused(7);
  await refused({});
  await refused(undefined);
  await refused('', { onError: 'ignore' });
  await refused('', { onProgress: 1 });
  await refused('', { signal: 1 });
  await refused('', { conversationId: '' });
  for (const options of [{ conversationIds: 'c' }, { conversationIds: [''] }, { signal: 1 }, { onProgress: 1 }]) {
    await assert.rejects(textOf(session, options), { name: 'UserError' });
  }
});
