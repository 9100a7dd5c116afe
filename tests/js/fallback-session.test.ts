import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, run, type Session, SessionError, withFallback } from 'agents-wasm';

import { localApi } from '../support/local-api.ts';

const agent = new Agent({ name: 'a' });

/** A session that works until it is told to break. */
function fragile(): Session & { readonly session: MemorySession; broken: boolean } {
  const session = new MemorySession();
  const check = () => {
    if (self.broken) throw new SessionError('io', 'The disk is gone.');
  };
  const self = {
    session,
    broken: false,
    loadItems(id: string) {
      check();
      return session.loadItems(id);
    },
    saveItems(id: string, items: Item[]) {
      check();
      return session.saveItems(id, items);
    },
  };
  return self;
}

const said = async (session: Session) => (await session.loadItems('c')).map(({ content }) => content);
const count = async (session: Session) => (await session.loadItems('c')).length;

test('what is saved goes to the primary and a copy to the backup', async () => {
  const [primary, backup] = [fragile(), fragile()];
  const session = withFallback(primary, backup);
  await run(agent, 'hi', { session, conversationId: 'c', runConfig: localApi(['hello']).runConfig });
  assert.deepEqual([await count(primary), await count(backup)], [2, 2]);
});

test('a history that the primary cannot read comes from the backup, which gets later what it missed', async () => {
  const [primary, backup] = [fragile(), fragile()];
  const events: string[] = [];
  const session = withFallback(primary, backup, { onFallback: ({ type }) => events.push(type) });
  await session.saveItems('c', [{ role: 'user', content: 'one' }]);
  primary.broken = true;
  assert.equal(await count(session), 1);
  await assert.rejects(async () => session.saveItems('c', [{ role: 'user', content: 'two' }]), { code: 'io' });
  primary.broken = false;
  await session.saveItems('c', [{ role: 'user', content: 'two' }]);
  assert.deepEqual([await count(primary), await count(backup)], [2, 1]);
  assert.deepEqual(events, ['read_from_backup']);
  assert.equal(await count(session), 2);
  await session.saveItems('c', [{ role: 'user', content: 'three' }]);
  assert.deepEqual(await said(backup), ['one', 'two', 'three']);
  await session.saveItems('c', [{ role: 'user', content: 'four' }]);
  assert.deepEqual([await said(backup), await count(primary)], [['one', 'two', 'three', 'four'], 4]);
});

test('where neither can be read the conversation begins afresh', async () => {
  const [primary, backup] = [fragile(), fragile()];
  const events: unknown[] = [];
  const session = withFallback(primary, backup, {
    onFallback: (event) => events.push(event.type, event.conversationId),
  });
  primary.broken = true;
  backup.broken = true;
  assert.deepEqual(await session.loadItems('c'), []);
  assert.deepEqual(events, ['started_fresh', 'c']);
});

test('a backup that cannot be written is told of, fails nothing and gets later what it missed', async () => {
  const [primary, backup] = [fragile(), fragile()];
  const events: string[] = [];
  const session = withFallback(primary, backup, { onFallback: ({ type }) => events.push(type) });
  backup.broken = true;
  await session.saveItems('c', [{ role: 'user', content: 'one' }]);
  assert.deepEqual([events, await count(primary)], [['backup_not_written'], 1]);
  backup.broken = false;
  await session.saveItems('c', [{ role: 'user', content: 'two' }]);
  assert.deepEqual([events, await said(backup)], [['backup_not_written'], ['one', 'two']]);
});

test('a mistake of the caller stays one', async () => {
  const session = withFallback(new MemorySession(), new MemorySession());
  await assert.rejects(async () => session.loadItems(7 as never), { name: 'UserError', code: 'invalid_argument' });
  assert.throws(() => withFallback(new MemorySession(), 'backup' as never), {
    message: 'backup must be a session, an object with loadItems and saveItems, but is a string.',
  });
  assert.throws(() => withFallback(undefined as never, new MemorySession()), { code: 'invalid_argument' });
});
