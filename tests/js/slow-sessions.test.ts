import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemorySession, type SessionWarning, type SlowSessionWarning, SQLiteSession } from 'agents-wasm';

import { checkLeaks, tick } from '../support/local-api.ts';

checkLeaks();

const ITEMS = [{ role: 'user', content: 'one' }];

test('a load and a save that take longer than slowMs raise a warning with conversation, count, bytes and ms', async () => {
  for (const open of [MemorySession, SQLiteSession]) {
    const warnings: SlowSessionWarning[] = [];
    const onWarning = (warning: SessionWarning) => {
      if (warning.type !== 'compaction_failed') warnings.push(warning);
    };
    const options = { slowMs: 0, onWarning };
    await using session = new open({ dbPath: ':memory:', ...options });
    await session.saveItems('c', ITEMS);
    await session.loadItems('c');
    await tick();
    const bytes = JSON.stringify(ITEMS[0]).length;
    assert.deepEqual(
      warnings.map(({ ms, ...rest }) => ({ ...rest, isTimed: ms >= 0 && ms < 60_000 })),
      [
        { type: 'slow_save', conversationId: 'c', items: 1, bytes, isTimed: true },
        { type: 'slow_load', conversationId: 'c', items: 1, bytes, isTimed: true },
      ],
    );
  }
});

test('a quick load and save raise none', async () => {
  const warnings: SessionWarning[] = [];
  await using session = new MemorySession({ slowMs: 60_000, onWarning: (warning) => warnings.push(warning) });
  await session.saveItems('c', ITEMS);
  await session.loadItems('c');
  await tick();
  assert.deepEqual(warnings, []);
});

test('options that are none of these are refused', () => {
  assert.throws(() => new MemorySession({ slowMs: -1 }), {
    code: 'invalid_argument',
    message: 'slowMs must be an integer of at least 0, but is -1.',
  });
  assert.throws(() => new MemorySession({ onWarning: 'loudly' as never }), {
    message: 'onWarning must be a function, but is a string.',
  });
});
