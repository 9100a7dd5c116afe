import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemorySession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { seeded } from '../support/random.ts';
import { Interleaving } from '../support/run-interleavings.ts';
import type { AnySession } from '../support/session-suite.ts';

checkLeaks();

const kinds: [string, () => AnySession, number][] = [
  ['memory', () => new MemorySession(), 600],
  ['SQLite', () => new SQLiteSession({ dbPath: ':memory:' }), 400],
];

for (const [kind, open, count] of kinds) {
  test(`${kind}: ${count} random interleavings of runs, saves, pops, edits, stops and resumes are as the model says`, async () => {
    await using session = open();
    const seen = new Set<string>();
    for (let seed = 0; seed < count; seed++) {
      const log = await new Interleaving(session, `conversation-${seed}`, seeded(seed)).play(10).catch((error) => {
        throw new Error(`Seed ${seed}: ${error.message}`, { cause: error });
      });
      for (const step of log) seen.add(step);
    }
    assert.equal(seen.size, 15, [...seen].join(', '));
  });
}
