import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Agent, isSessionHistoryTransactionAwareSession, type Session } from '@openai/agents';
import { MemorySession, SQLiteSession } from 'agents-wasm';
import { DurableSession } from 'agents-wasm/openai';

import { agentsRunner } from '../support/agents-sdk.ts';
import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-durable-'));
after(() => rmSync(folder, { recursive: true }));
const agent = new Agent({ name: 'assistant' });
const texts = async (session: DurableSession) => {
  const messages = (await session.getItems()) as { content: string | { text: string }[] }[];
  return messages.map(({ content }) => (typeof content === 'string' ? content : content[0]?.text));
};

test("the SDK's runner goes on with a DurableSession that was closed, and our sessions read it", async () => {
  const dbPath = join(folder, 'a.db');
  const { runner } = agentsRunner(['Hello, John.', 'Your name is John.']);
  const first = new DurableSession({ sessionId: 'user-1', dbPath });
  assert.ok(isSessionHistoryTransactionAwareSession(first));
  await runner.run(agent, "I'm John", { session: first satisfies Session });
  await first.close();
  await first.close();
  await assert.rejects(first.getItems(), { code: 'closed' });

  await using second = new DurableSession({ sessionId: 'user-1', dbPath });
  await runner.run(agent, "What's my name?", { session: second });
  const talk = ["I'm John", 'Hello, John.', "What's my name?", 'Your name is John.'];
  assert.deepEqual(await texts(second), talk);
  await using store = new SQLiteSession({ dbPath });
  assert.equal((await store.loadItems('user-1')).length, 4);
});

test('DurableSessions on one database share it, and each keeps to its own conversation', async () => {
  const dbPath = join(folder, 'b.db');
  const [one, other] = ['one', 'other'].map((sessionId) => new DurableSession({ sessionId, dbPath })) as [
    DurableSession,
    DurableSession,
  ];
  await one.addItems([{ role: 'user', content: 'in one' }]);
  await one.close();
  await other.addItems([{ role: 'user', content: 'in other' }]);
  assert.deepEqual(await texts(other), ['in other']);
  await other.close();
  await assert.rejects(other.getItems(), { code: 'closed' });
});

test('a DurableSession without an id has one of its own, and leaves a store open that it was given', async () => {
  await using store = new MemorySession();
  const sessions = [new DurableSession({ store }), new DurableSession({ store })];
  const ids = await Promise.all(sessions.map((session) => session.getSessionId()));
  assert.match(ids[0] as string, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  assert.notEqual(ids[0], ids[1]);
  await sessions[0]?.addItems([{ role: 'user', content: 'kept' }]);
  await sessions[0]?.close();
  assert.equal((await store.loadItems(ids[0] as string)).length, 1);
});

test('a DurableSession without a place, or with two, is refused', () => {
  const refused = (options: object, code: string) =>
    assert.throws(() => new DurableSession(options), { name: 'UserError', code });
  refused({}, 'user_error');
  refused({ dbPath: 'a.db', store: new MemorySession() }, 'user_error');
  refused({ store: {} }, 'invalid_argument');
  refused({ dbPath: 5 }, 'invalid_argument');
  refused({ dbPath: 'a.db', sessionId: '' }, 'invalid_argument');
  refused(undefined as never, 'invalid_argument');
});
