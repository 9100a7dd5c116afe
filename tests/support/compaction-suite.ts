import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenAIResponsesCompactionSession } from 'agents-wasm';

import { allOf, compactingApi, kindsOf, longTalk, longText, said, uidsOf, user } from './compacting.ts';
import type { AnySession } from './session-suite.ts';

const FORCE = { force: true, compactionArgs: { targetItems: 2 } };
const call = { type: 'function_call', call_id: 'c1', name: 'act', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c1', output: longText('the act') };
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] };

/** Holds every kind of session to the same promises about compaction. */
export function compactionSuite(kind: string, open: () => AnySession): void {
  const check = (name: string, body: (session: AnySession, api: ReturnType<typeof compactingApi>) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      await using session = open();
      await body(session, compactingApi());
    });

  check('a compaction keeps users and the newest items, and folds the rest into one item', async (session, api) => {
    const talk = longTalk(4);
    await session.saveItems('c', talk);
    const before = await session.loadItems('c');
    const result = await session.runCompaction('c', { ...FORCE, openai: api.openai });
    const after = await session.loadItems('c');
    assert.deepEqual(kindsOf(after), ['user', 'user', 'user', 'compaction', 'user', 'assistant']);
    assert.deepEqual(
      after.filter(({ role }) => role),
      [talk[0], talk[2], talk[4], talk[6], talk[7]],
    );
    const kept = new Set(uidsOf(before));
    assert.equal(uidsOf(after).filter((uid) => kept.has(uid)).length, 5, 'what stays keeps its uid');
    const { status, folded, id, tokensBefore, tokensAfter, usage } = result;
    assert.deepEqual([status, folded, typeof id], ['done', 3, 'string']);
    assert.ok(tokensAfter < tokensBefore && usage.requests === 1 && usage.outputTokens > 0, JSON.stringify(result));
    assert.equal(api.asked().length, 1);
    assert.deepEqual(api.asked()[0]?.input, talk.slice(0, 6), 'the newest items are none of its business');
  });

  check(
    'an undone compaction leaves the history as it was, to the byte, with what came since',
    async (session, api) => {
      const items = [user('a'), reasoning, call, output, said(longText('a')), ...longTalk(3)];
      await session.saveItems('c', items);
      const before = await session.loadItems('c');
      await session.runCompaction('c', { ...FORCE, openai: api.openai });
      await session.saveItems('c', ['since']);
      const undone = await session.undoCompaction('c');
      assert.deepEqual([undone?.strategy, undone?.folded], ['compact', 6]);
      const after = await session.loadItems('c');
      assert.deepEqual(allOf(after.slice(0, -1)), allOf(before));
      assert.equal(after.at(-1)?.content, 'since');
      assert.equal(await session.undoCompaction('c'), undefined);
      assert.deepEqual(await session.compactions('c'), []);
    },
  );

  check('what is folded can be seen in its place, and a run as it saw the history', async (session, api) => {
    const { openai } = api;
    const talk = longTalk(3);
    const origins = (runId: string, count: number) => Array.from({ length: count }, () => ({ runId, turn: 1 }));
    await session.saveItems('c', talk, { operationId: 'one', origins: origins('one', 6) });
    const first = await session.loadItems('c');
    await session.runCompaction('c', { ...FORCE, openai });
    await session.saveItems('c', longTalk(2, 4), { operationId: 'two', origins: origins('two', 4) });
    const second = await session.loadItems('c');
    await session.runCompaction('c', { ...FORCE, openai });
    await session.saveItems('c', longTalk(1, 6), { operationId: 'three', origins: origins('three', 2) });
    const all = await session.loadItems('c', { includeCompacted: true });
    assert.deepEqual(all, [...talk, ...longTalk(2, 4), ...longTalk(1, 6)]);
    assert.deepEqual(allOf(await session.loadItems('c', { asSeenBy: 'one' })), allOf(first));
    assert.deepEqual(allOf(await session.loadItems('c', { asSeenBy: 'two' })), allOf(second));
    assert.deepEqual(allOf(await session.loadItems('c', { asSeenBy: 'three' })), allOf(await session.loadItems('c')));
    await assert.rejects(session.loadItems('c', { asSeenBy: 'nobody' }), { name: 'SessionError', code: 'not_found' });
    assert.deepEqual(await session.loadItems('none', { includeCompacted: true }), []);
  });

  check(
    'a second compaction folds the first one too, and they are undone the other way round',
    async (session, api) => {
      const { openai } = api;
      await session.saveItems('c', longTalk(3));
      const before = await session.loadItems('c');
      await session.runCompaction('c', { ...FORCE, openai });
      const between = await session.loadItems('c');
      await session.saveItems('c', longTalk(2, 4));
      await session.runCompaction('c', { ...FORCE, openai });
      assert.deepEqual(kindsOf(await session.loadItems('c')), [
        'user',
        'user',
        'user',
        'user',
        'compaction',
        'user',
        'assistant',
      ]);
      const sent = api.asked()[1]?.input;
      assert.deepEqual(kindsOf(sent), ['user', 'user', 'compaction', 'user', 'assistant', 'user', 'assistant']);
      const [one, two, ...rest] = await session.compactions('c');
      assert.deepEqual([rest.length, one?.folded, two?.folded], [0, 2, 3]);
      assert.ok(one!.createdAt <= two!.createdAt);
      assert.equal((await session.undoCompaction('c'))?.id, two?.id);
      assert.deepEqual(allOf((await session.loadItems('c')).slice(0, between.length)), allOf(between));
      assert.equal((await session.undoCompaction('c'))?.id, one?.id);
      assert.deepEqual(allOf((await session.loadItems('c')).slice(0, before.length)), allOf(before));
    },
  );

  check(
    'a pinned item stays with all that belongs to it, and goes when it is pinned no longer',
    async (session, { openai }) => {
      await session.saveItems('c', [user('a'), reasoning, call, output, said(longText('a')), ...longTalk(2)]);
      const uid = (await session.loadItems('c'))[3]!.uid!;
      await session.pinItem('c', uid);
      await session.runCompaction('c', { ...FORCE, openai });
      const kinds = kindsOf(await session.loadItems('c'));
      assert.deepEqual(kinds, [
        'user',
        'reasoning',
        'function_call',
        'function_call_output',
        'user',
        'compaction',
        'user',
        'assistant',
      ]);
      await session.undoCompaction('c');
      await session.pinItem('c', uid, false);
      await session.runCompaction('c', { ...FORCE, openai });
      assert.deepEqual(kindsOf(await session.loadItems('c')), ['user', 'user', 'compaction', 'user', 'assistant']);
      await assert.rejects(session.pinItem('c', 'nothing'), { name: 'SessionError', code: 'not_found' });
    },
  );

  check('a call that still waits for its output stays, and no pair is parted', async (session, { openai }) => {
    await session.saveItems('c', [
      ...longTalk(2),
      user('act'),
      { ...call, call_id: 'c0' },
      { ...output, call_id: 'c0' },
    ]);
    await session.saveItems('c', [{ ...call, call_id: 'open' }]);
    await session.runCompaction('c', { ...FORCE, openai, compactionArgs: { targetItems: 1 } });
    const kinds = kindsOf(await session.loadItems('c'));
    assert.deepEqual(kinds, ['user', 'user', 'user', 'compaction', 'function_call']);
  });

  check('a session over it compacts and knows the same', async (session, { openai }) => {
    const over = new OpenAIResponsesCompactionSession({ underlyingSession: session as never, openai });
    await over.saveItems('c', longTalk(3));
    assert.equal((await over.runCompaction('c', FORCE)).status, 'done');
    assert.deepEqual(allOf(await over.loadItems('c')), allOf(await session.loadItems('c')));
    assert.equal((await session.compactions('c')).length, 1);
    await over.undoCompaction('c');
    assert.deepEqual(await session.loadItems('c'), longTalk(3));
  });

  check('a conversation is deleted with all that was folded, and cleared with it', async (session, { openai }) => {
    for (const action of ['delete', 'clear'] as const) {
      await session.saveItems('c', longTalk(3));
      await session.runCompaction('c', { ...FORCE, openai });
      await session[action]('c');
      assert.deepEqual(await session.loadItems('c', { includeCompacted: true }), []);
      assert.equal(await session.undoCompaction('c'), undefined);
    }
  });
}
