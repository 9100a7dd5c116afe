import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import {
  Agent,
  ConversationBusyError,
  type Item,
  MemorySession,
  Runner,
  SQLiteSession,
  type StoredItem,
  tool,
  UserError,
} from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { startPython } from '../support/python.ts';

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-branches-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

checkLeaks();

const agent = new Agent({ name: 'assistant' });
const user = (content: string): Item => ({ role: 'user', content });
const said = (content: string): Item => ({ role: 'assistant', content });

/** What was said, by whoever, as text. */
const textOf = ({ content }: Item) => (Array.isArray(content) ? content.map(({ text }) => text).join('') : content);
const textsOf = (items: readonly Item[]) => items.map(textOf);
const uidOf = (item: StoredItem | undefined): string => item?.uid ?? assert.fail('no such item');

test('a question is edited, and its answer regenerated, on branches that share what was before', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi(['One.', 'Two.', 'Three.', 'Four.', 'Five.']);
  const options = { session, conversationId: 'c', runConfig };
  await Runner.run(agent, 'first', options);
  await Runner.run(agent, 'secnod', options);
  const [, , asked] = await session.loadItems('c');
  await session.fork('c', { before: uidOf(asked) }, 'edited');
  await Runner.run(agent, 'second', options);
  assert.deepEqual(textsOf(await session.loadItems('c')), ['first', 'One.', 'second', 'Three.']);

  const question = (await session.loadItems('c'))[2];
  const { id } = await session.fork('c', { after: uidOf(question) });
  const again = await Runner.run(agent, [], options);
  assert.equal(again.finalOutput, 'Four.');
  const body = server.requests.at(-1)?.body as { input: Item[] };
  assert.deepEqual(textsOf(body.input), ['first', 'One.', 'second']);
  assert.deepEqual(textsOf(await session.loadItems('c')), ['first', 'One.', 'second', 'Four.']);

  await session.fork('c', { after: uidOf(question) }, 'streamed');
  const streamed = await Runner.run(agent, [], { ...options, stream: true });
  let text = '';
  for await (const piece of streamed.toTextStream()) text += piece;
  await streamed.completed;
  assert.equal(text, 'Five.');
  const shown: Record<string, string[]> = {};
  for (const branch of await session.listBranches('c')) {
    await session.switchBranch('c', branch.id);
    shown[branch.name] = textsOf(await session.loadItems('c')) as string[];
  }
  assert.deepEqual(shown, {
    main: ['first', 'One.', 'secnod', 'Two.'],
    edited: ['first', 'One.', 'second', 'Three.'],
    'branch 3': ['first', 'One.', 'second', 'Four.'],
    streamed: ['first', 'One.', 'second', 'Five.'],
  });
  const branches = await session.listBranches('c');
  assert.equal(branches.find((branch) => branch.id === id)?.items, 1);
  assert.deepEqual(
    branches.map(({ forkedAfter }) => forkedAfter && forkedAfter === question?.uid),
    [undefined, false, true, true],
  );
});

test('branches are there when a file is opened again', async () => {
  const dbPath = newFile();
  const before = await withSession(dbPath, async (session) => {
    await session.saveItems('c', [user('1'), said('2')]);
    await session.fork('c', { after: uidOf((await session.loadItems('c'))[0]) }, 'other');
    await session.saveItems('c', [said('3')]);
    return session.listBranches('c');
  });
  await withSession(dbPath, async (session) => {
    assert.deepEqual(await session.listBranches('c'), before);
    await session.switchBranch('c', 'main');
    assert.deepEqual(textsOf(await session.loadItems('c')), ['1', '2']);
  });
});

async function withSession<Result>(dbPath: string, body: (session: SQLiteSession) => Promise<Result>): Promise<Result> {
  await using session = new SQLiteSession({ dbPath });
  return await body(session);
}

test('Python sees the active branch, and what it adds belongs to it', async () => {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', [user('1'), said('2'), user('3')]);
  const { id } = await session.fork('c', { after: uidOf((await session.loadItems('c'))[1]) });
  await using python = await startPython(dbPath);
  assert.deepEqual(textsOf(await python.get('c')), ['1', '2']);
  await python.add('c', user('4'), said('5'));
  assert.equal((await python.pop('c'))?.content, '5');
  await session.switchBranch('c', 'main');
  assert.deepEqual(textsOf(await python.get('c')), ['1', '2', '3']);
  await session.switchBranch('c', id);
  assert.deepEqual(textsOf(await python.get('c')), ['1', '2', '4']);
  assert.equal((await session.listBranches('c')).find((branch) => branch.id === id)?.items, 1);
  // It knows of no branches: what it clears is the conversation.
  await python.clear('c');
  assert.deepEqual(
    (await session.listBranches('c')).map(({ name, items }) => [name, items]),
    [['main', 0]],
  );
});

test('no other branch is shown while a run is under way, or awaits an approval', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', [user('1'), said('2')]);
  const { id } = await session.fork('c');
  const refuses = async () => {
    await assert.rejects(session.switchBranch('c', 'main'), ConversationBusyError);
    await assert.rejects(session.fork('c'), ConversationBusyError);
  };
  let looked = 0;
  const look = tool({
    name: 'look',
    execute: async () => {
      await refuses();
      looked += 1;
      return 'seen';
    },
  });
  const remove = tool({ name: 'remove', needsApproval: true, execute: () => 'removed' });
  const careful = new Agent({ name: 'a', tools: [look, remove] });
  const api = localApi([{ calls: [{ name: 'look', arguments: {} }] }, { calls: [{ name: 'remove', arguments: {} }] }]);
  const { interruptions } = await Runner.run(careful, 'go', { session, conversationId: 'c', ...api });
  assert.deepEqual([looked, interruptions.length], [1, 1]);
  await refuses();
  assert.equal((await session.listBranches('c')).find(({ active }) => active)?.id, id);
  const [open] = await session.openRuns('c');
  await session.discardRun('c', open?.runId as string);
  await session.switchBranch('c', 'main');
});

test('a conversation that was moved has its branches', async () => {
  await using from = new MemorySession();
  await from.saveItems('c', [user('1'), said('2'), user('3')]);
  await from.fork('c', { after: uidOf((await from.loadItems('c'))[1]) }, 'other');
  await from.saveItems('c', [user('4')]);
  await using to = new SQLiteSession({ dbPath: ':memory:' });
  await to.importConversations(from.exportConversations());
  assert.deepEqual(await to.listBranches('c'), await from.listBranches('c'));
  for (const { id } of await from.listBranches('c')) {
    for (const session of [from, to]) await session.switchBranch('c', id);
    assert.deepEqual(await to.loadItems('c'), await from.loadItems('c'));
  }
});

test('of those who go to a branch at once, each gets there, and nothing is lost', async () => {
  const dbPath = newFile();
  await using one = new SQLiteSession({ dbPath });
  await using two = new SQLiteSession({ dbPath });
  await one.saveItems('c', [user('1'), said('2')]);
  const ids = ['main'];
  for (const name of ['a', 'b', 'c']) ids.push((await one.fork('c', {}, name)).id);
  await Promise.all(ids.flatMap((id) => [one.switchBranch('c', id), two.switchBranch('c', id)]));
  await Promise.all([one.fork('c', {}, 'd'), two.fork('c', {}, 'e'), one.popItem('c')]);
  const branches = await two.listBranches('c');
  assert.equal(branches.filter(({ active }) => active).length, 1);
  assert.deepEqual(new Set(branches.map(({ name }) => name)), new Set(['main', 'a', 'b', 'c', 'd', 'e']));
  for (const id of ids.slice(1)) {
    await two.switchBranch('c', id);
    assert.ok(textsOf(await one.loadItems('c'))[0] === '1');
  }
});

test('arguments that name nothing are refused, and change nothing', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', [user('1')]);
  const uid = uidOf((await session.loadItems('c'))[0]);
  const refused = (call: Promise<unknown>, message: RegExp) =>
    assert.rejects(call, (error: Error) => error instanceof UserError && message.test(error.message));
  await refused(session.fork('', {}), /conversationId/);
  await refused(session.fork('c', null as never), /point must be/);
  await refused(session.fork('c', { before: 5 } as never), /point\.before must be a string, but is a number/);
  await refused(session.fork('c', { after: undefined } as never), /point\.after must be a string, but is undefined/);
  await refused(session.fork('c', { before: uid, after: uid } as never), /exclude each other/);
  await refused(session.fork('c', { after: uid }, 5 as never), /name must be a string/);
  await refused(session.switchBranch('c', 5 as never), /branchId must be a string/);
  await refused(session.deleteBranch('c', undefined as never), /branchId/);
  await refused(session.renameBranch('c', 'main', {} as never), /name must be/);
  await refused(session.deleteBranch('c', 'main'), /active branch/);
  const notFound = { name: 'SessionError', code: 'not_found' };
  await assert.rejects(session.fork('c', { after: 'gone' }), notFound);
  await assert.rejects(session.switchBranch('c', 'gone'), notFound);
  await assert.rejects(session.deleteBranch('nobody', 'gone'), notFound);
  assert.deepEqual(await session.listBranches('c'), [{ id: 'main', name: 'main', active: true, items: 1 }]);
  assert.deepEqual(await session.listBranches('nobody'), [{ id: 'main', name: 'main', active: true, items: 0 }]);
  assert.deepEqual((await session.listConversations()).conversations.length, 1);
});

test('who listens hears that another branch is shown', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', [user('1')]);
  const heard: string[] = [];
  const end = await session.subscribe('c', ({ type }) => heard.push(type));
  await session.fork('c', { before: uidOf((await session.loadItems('c'))[0]) });
  await session.switchBranch('c', 'main');
  await new Promise((ready) => setImmediate(ready));
  assert.ok(heard.filter((type) => type === 'items').length >= 2, heard.join());
  end();
});
