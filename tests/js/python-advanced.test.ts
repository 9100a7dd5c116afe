import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Agent, type Item, run, SQLiteSession, tool } from 'agents-wasm';

import { applyChange } from '../../dist/sessions/store-calls.js';
import { checkLeaks, localApi } from '../support/local-api.ts';
import { spawnPython } from '../support/python.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const user = (content: string): Item => ({ role: 'user', content });
const assistant = (content: string): Item => ({ role: 'assistant', content });
const call: Item = { type: 'function_call', call_id: 'k', name: 'add', arguments: '{"a": 1}' };
const output: Item = { type: 'function_call_output', call_id: 'k', output: 'Grüße "1"' };

const MAIN = [user('q1'), call, output, assistant('a1'), user('q2'), assistant('a2'), user('q3'), assistant('a3')];
const OTHER = [...MAIN.slice(0, 4), user('other'), assistant('b')];

/** Three turns on `main`, and a branch that has the first of them and one of its own. Python is on `main`. */
async function branched(dbPath: string) {
  const python = await spawnPython('python-advanced', dbPath);
  await python.ask('add', 'c', MAIN);
  await python.ask('branch', 'c', 2, 'other');
  await python.ask('add', 'c', OTHER.slice(4));
  await python.ask('switch', 'c', 'main');
  return python;
}

test("Python's main branch opens here with its whole history, and what is written here is in it", async () => {
  const dbPath = newFile();
  await using python = await branched(dbPath);
  await using session = new SQLiteSession({ dbPath });
  assert.deepEqual(await session.loadItems('c'), MAIN);
  assert.deepEqual(await session.loadItems('c', { maxItems: 2 }), MAIN.slice(-2));
  assert.equal((await session.doctor('c')).findings.length, 0);
  await session.saveItems('c', [user('q4'), { ...call, call_id: 'l' }, { ...output, call_id: 'l' }]);
  const whole = await session.loadItems('c');
  assert.equal(whole.length, MAIN.length + 3);
  assert.deepEqual(await python.ask('get', 'c'), whole);
  assert.deepEqual(await python.ask('get', 'c', 'other'), OTHER);
  assert.deepEqual(await python.ask('turns', 'c'), [
    [1, 'q1'],
    [2, 'q2'],
    [3, 'q3'],
    [4, 'q4'],
  ]);
  assert.deepEqual(await python.ask('tools', 'c'), [
    ['add', 1, 1],
    ['add', 1, 4],
  ]);
  await python.ask('add', 'c', [assistant('a4')]);
  assert.deepEqual((await session.loadItems('c')).at(-1), assistant('a4'));
  assert.deepEqual(await python.ask('pop', 'c'), assistant('a4'));
  assert.deepEqual(await session.loadItems('c'), whole, "Python's clean-up takes nothing of ours");
  assert.deepEqual(await python.ask('list', 'c'), [
    ['main', 11, 4],
    ['other', 6, 2],
  ]);
});

test('items that leave the history here leave main, and stay in the branches that share them', async () => {
  const dbPath = newFile();
  await using python = await branched(dbPath);
  await python.ask('usage', 'c', 7);
  await using session = new SQLiteSession({ dbPath });
  assert.deepEqual(await session.popItem('c'), MAIN.at(-1));
  assert.deepEqual(await session.popItem('c'), MAIN.at(-2));
  assert.deepEqual(await python.ask('usage', 'c'), [], 'the usage of a turn goes with it');
  const [first] = (await session.loadPage('c')).items;
  await session.deleteItems('c', [first?.uid as string]);
  const left = MAIN.slice(1, 6);
  assert.deepEqual(await session.loadItems('c'), left);
  assert.deepEqual(await python.ask('get', 'c'), left);
  assert.deepEqual(await python.ask('get', 'c', 'other'), OTHER);
  await python.ask('delete', 'c', 'other');
  assert.deepEqual(await session.loadItems('c'), left);
  assert.deepEqual(await python.ask('get', 'c'), left);
});

test('a fold of what branches share stands in its place for both, and is taken back for both', async () => {
  const dbPath = newFile();
  await using python = await branched(dbPath);
  await using session = new SQLiteSession({ dbPath });
  const uids = (await session.loadPage('c')).items.map(({ uid }) => uid as string);
  await applyChange(session, 'c', {
    opId: 'fold',
    edits: [
      { type: 'shelve', uids: uids.slice(0, 6), shelf: 's' },
      { type: 'standIn', shelf: 's', item: user('what was said') },
    ],
  });
  const folded = [user('what was said'), ...MAIN.slice(6)];
  assert.deepEqual(await session.loadItems('c'), folded);
  assert.deepEqual(await python.ask('get', 'c'), folded);
  assert.deepEqual(await python.ask('get', 'c', 'other'), OTHER);
  await applyChange(session, 'c', {
    opId: 'undo',
    edits: [
      { type: 'remove', uids: ['fold.0'] },
      { type: 'restore', shelf: 's', inPlace: true },
    ],
  });
  assert.deepEqual(await session.loadItems('c'), MAIN);
  assert.deepEqual(await python.ask('get', 'c'), MAIN);
  assert.deepEqual(await python.ask('turns', 'c'), [
    [1, 'q1'],
    [2, 'q2'],
    [3, 'q3'],
  ]);
  assert.deepEqual(await python.ask('get', 'c', 'other'), OTHER);
});

test('a run here goes on with the main branch, and Python branches from what it said', async () => {
  const dbPath = newFile();
  await using python = await branched(dbPath);
  await using session = new SQLiteSession({ dbPath });
  const add = tool({ name: 'add', description: 'Adds.', parameters: {}, execute: async () => '3' });
  const { server, runConfig } = localApi([{ calls: [{ name: 'add', arguments: '{}' }] }, 'Three.']);
  await run(new Agent({ name: 'a', tools: [add] }), 'q4', { session, conversationId: 'c', runConfig });
  assert.deepEqual(server.requests[0]?.body.input, [...MAIN, user('q4')]);
  assert.deepEqual(await python.ask('get', 'c'), await session.loadItems('c'));
  await python.ask('branch', 'c', 4, 'later');
  assert.deepEqual(await python.ask('get', 'c'), MAIN);
  await python.ask('add', 'c', [user('instead')]);
  const history = await session.loadItems('c');
  assert.equal(history.length, MAIN.length + 4);
  await python.ask('switch', 'c', 'main');
  assert.deepEqual(await python.ask('get', 'c'), history);
});

test("a file of Python's plain session, or of ours, is whole for Python's branches once it was written here", async () => {
  const dbPath = newFile();
  await using plain = await spawnPython('python-session', dbPath);
  await plain.ask('add', 'c', MAIN.slice(0, 4));
  {
    await using session = new SQLiteSession({ dbPath });
    await session.saveItems('d', [user('ours')]);
  }
  await using python = await spawnPython('python-advanced', dbPath);
  assert.deepEqual(await python.ask('get', 'c'), []);
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', [user('q2')]);
  await session.saveItems('d', [user('more')]);
  assert.deepEqual(await python.ask('get', 'c'), [...MAIN.slice(0, 4), user('q2')]);
  assert.deepEqual(await python.ask('get', 'd'), [user('ours'), user('more')]);
  assert.deepEqual(await python.ask('pop', 'c'), user('q2'));
  assert.deepEqual(await session.loadItems('c'), MAIN.slice(0, 4));
});

test('a conversation that is cleared on one side is empty on the other, on all branches', async () => {
  const dbPath = newFile();
  await using python = await branched(dbPath);
  await python.ask('switch', 'c', 'other');
  await using session = new SQLiteSession({ dbPath });
  await session.delete('c');
  assert.deepEqual(await python.ask('list', 'c'), []);
  await python.ask('add', 'c', [user('new')]);
  assert.deepEqual(await python.ask('list', 'c'), [['main', 1, 1]], 'Python heard of it, and is on main again');
  assert.deepEqual(await session.loadItems('c'), [user('new')]);
  await python.ask('clear', 'c');
  assert.deepEqual(await session.loadItems('c'), []);
  assert.deepEqual(await session.listConversations(), { conversations: [] });
});

test('writers here and there at the same time lose nothing on main', async () => {
  const dbPath = newFile();
  await using python = await branched(dbPath);
  await using session = new SQLiteSession({ dbPath });
  const here = Promise.all(Array.from({ length: 20 }, (_, index) => session.saveItems('c', [`here ${index}`])));
  for (let index = 0; index < 20; ++index) await python.ask('add', 'c', [user(`there ${index}`)]);
  await here;
  const all = await session.loadItems('c');
  assert.equal(all.length, MAIN.length + 40);
  assert.deepEqual(await python.ask('get', 'c'), all);
});
