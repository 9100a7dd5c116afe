import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  MemorySession as AgentsMemorySession,
  isOpenAIResponsesCompactionAwareSession,
  isRunContextAwareSession,
  isSessionHistoryRewriteAwareSession,
  isSessionHistoryTransactionAwareSession,
} from '@openai/agents';
import { MemorySession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { call, result, sdkSessionSuite, type TransactedSession, user } from '../support/sdk-session-suite.ts';
import type { AnySession } from '../support/session-suite.ts';
import { answered, written } from '../support/wire-samples.ts';

checkLeaks();

const kinds: Record<string, () => AnySession> = {
  MemorySession: () => new MemorySession(),
  SQLiteSession: () => new SQLiteSession({ dbPath: ':memory:' }),
};

// The reference: what the suite asks is what the SDK does.
sdkSessionSuite("the SDK's MemorySession", () => ({
  session: new AgentsMemorySession() as unknown as TransactedSession,
  close: async () => {},
}));

for (const [kind, open] of Object.entries(kinds)) {
  sdkSessionSuite(`${kind}.conversation`, () => {
    const session = open();
    return { session: session.conversation('c'), close: () => session.close() };
  });

  const check = (name: string, body: (session: AnySession) => Promise<void>) =>
    test(`${kind}.conversation: ${name}`, async () => {
      await using session = open();
      await body(session);
    });

  check('the SDK takes it for a session with transactions, rewriting and run context', async (session) => {
    const conversation = session.conversation('user-123');
    assert.equal(await conversation.getSessionId(), 'user-123');
    assert.ok(isRunContextAwareSession(conversation));
    assert.ok(isSessionHistoryRewriteAwareSession(conversation));
    assert.ok(isSessionHistoryTransactionAwareSession(conversation));
    assert.ok(!isOpenAIResponsesCompactionAwareSession(conversation));
    assert.equal(conversation.preserveReasoningItemIdsForPersistence(), true);
  });

  check('two of them are two views of one history, and conversations do not see each other', async (session) => {
    const [first, second, other] = ['c', 'c', 'd'].map((id) => session.conversation(id));
    await first?.addItems([user('one')]);
    await second?.addItems([user('two')]);
    assert.deepEqual(await first?.getItems(), [user('one'), user('two')]);
    assert.deepEqual(await other?.getItems(), []);
    await other?.applyHistoryTransaction({
      operationId: 'a',
      transaction: { type: 'append_items', items: [user('x')] },
    });
    await first?.applyHistoryTransaction({
      operationId: 'a',
      transaction: { type: 'append_items', items: [user('y')] },
    });
    await first?.clearSession();
    assert.deepEqual(await other?.getItems(), [user('x')]);
  });

  check(
    'what the API answered and programs wrote reads in the form of the SDK, and stays as it is',
    async (session) => {
      const items = Object.values({ ...answered, ...written });
      await session.saveItems('c', items);
      const conversation = session.conversation('c');
      const read = await conversation.getItems();
      assert.equal(read.length, items.length);
      await session.conversation('copy').addItems(read);
      assert.deepEqual(await session.conversation('copy').getItems(), read);
      const copied = await session.loadItems('copy');
      assert.deepEqual(
        copied.map((item) => ({ ...item })),
        items.map((item) => (item === written['an output'] ? { ...item, status: 'completed' } : item)),
      );
      assert.deepEqual(await session.loadItems('c'), items);
    },
  );

  check('loadItems gives what the SDK wrote as the wire has it', async (session) => {
    await session.conversation('c').addItems([user('go'), call('1'), result('1')]);
    assert.deepEqual(await session.loadItems('c'), [
      { type: 'message', role: 'user', content: 'go' },
      { type: 'function_call', call_id: '1', name: 'act', arguments: '{}' },
      { type: 'function_call_output', call_id: '1', status: 'completed', output: 'did 1' },
    ]);
  });

  check(
    'replaceHistoryWithCompaction puts the items in the place of all others, and keeps the title',
    async (session) => {
      const conversation = session.conversation('c');
      const folded = [{ type: 'compaction' as const, encrypted_content: 'x' }, user('last')];
      await conversation.replaceHistoryWithCompaction([user('first')]);
      await conversation.addItems([call('1'), result('1')]);
      await session.setTitle('c', 'Named');
      await conversation.replaceHistoryWithCompaction(folded);
      assert.deepEqual(await conversation.getItems(), folded);
      await conversation.clearSession();
      assert.equal((await session.listConversations()).conversations[0]?.title, 'Named');
    },
  );

  check('a text that was cut in half a character comes back so, and is mended on the wire', async (session) => {
    const half = { ...user('cut \ud83d'), providerData: { 'a\ud83d': ['\udc00'] } };
    await session.conversation('c').addItems([half]);
    assert.deepEqual(await session.conversation('c').getItems(), [half]);
    const [wire] = await session.loadItems('c');
    assert.deepEqual(wire, { type: 'message', role: 'user', content: 'cut \ufffd', 'a\ufffd': ['\ufffd'] });
  });

  check('who watches the conversation hears of each change', async (session) => {
    const kinds: string[] = [];
    const stop = await session.subscribe('c', ({ type }) => kinds.push(type));
    const conversation = session.conversation('c');
    await conversation.addItems([user('one')]);
    await conversation.applyHistoryTransaction({
      operationId: 'a',
      transaction: { type: 'replace_suffix', expectedSuffix: [user('one')], replacement: [user('two')] },
    });
    await conversation.popItem();
    await conversation.popItem();
    assert.deepEqual(kinds, ['items', 'items', 'items'], 'the second pop changed nothing');
    stop();
  });

  check('items of one run context have one run id', async (session) => {
    const conversation = session.conversation('c');
    const [first, second] = [{}, {}];
    await conversation.addItems([user('one')], first);
    await conversation.addItems([user('two')], first);
    await conversation.addItems([user('three')], second);
    await conversation.addItems([user('four')]);
    const [a, b, c, d] = (await session.loadItems('c')).map(({ runId }) => runId);
    assert.ok(a && a === b && c && c !== a && d === undefined);
  });

  check('transactions, pops and additions at once all take effect, each once', async (session) => {
    const conversation = session.conversation('c');
    const transactions = Array.from({ length: 20 }, (_, index) => ({
      operationId: `op ${index}`,
      transaction: { type: 'append_items' as const, items: [user(`t${index}`), user(`t${index}`)] },
    }));
    await Promise.all([
      ...transactions.flatMap((one) => [
        conversation.applyHistoryTransaction(one),
        conversation.applyHistoryTransaction(one),
      ]),
      ...Array.from({ length: 20 }, (_, index) => conversation.addItems([user(`a${index}`)])),
    ]);
    const texts = (await conversation.getItems()).map((item) => (item as { content: string }).content);
    assert.equal(texts.length, 60);
    assert.equal(new Set(texts).size, 40);
    const popped = await Promise.all(Array.from({ length: 70 }, () => conversation.popItem()));
    assert.equal(popped.filter((item) => item !== undefined).length, 60);
  });

  check('an operation is known to a later view of the conversation, and the 200 last ones are', async (session) => {
    const transact = (operationId: string, text: string) =>
      session.conversation('c').applyHistoryTransaction({
        operationId,
        transaction: { type: 'append_items', items: [user(text)] },
      });
    for (let index = 0; index < 201; index++) await transact(`op ${index}`, 'x');
    await transact('op 1', 'x');
    await transact('op 200', 'x');
    await assert.rejects(transact('op 1', 'y'), { name: 'SessionError', code: 'conflict', message: /operation id/ });
    assert.equal((await session.conversation('c').getItems()).length, 201);
  });

  check('bad arguments are named, and the history is as before', async (session) => {
    assert.throws(() => session.conversation(''), { code: 'invalid_argument', message: /conversationId/ });
    assert.throws(() => session.conversation(5 as never), { code: 'invalid_argument', message: /a number/ });
    const conversation = session.conversation('c');
    await conversation.addItems([user('one')]);
    const refused = (work: Promise<unknown>, message: RegExp, code = 'invalid_argument') =>
      assert.rejects(work, { code, message });
    await refused(
      conversation.addItems('hello' as never),
      /items must be an array of the SDK's items, but is a string/,
    );
    await refused(conversation.addItems([user('x'), 'y' as never]), /items\[1\].*a string/);
    await refused(
      conversation.addItems([{ ...user('x'), providerData: { a: 1n } }]),
      /items\[0\].*BigInt/,
      'invalid_item',
    );
    await refused(conversation.getItems(1.5), /limit/);
    await refused(conversation.applyHistoryMutations({ mutations: [{ type: 'other' } as never] }), /mutations\[0\]/);
    await refused(
      conversation.applyHistoryTransaction({
        operationId: 'a',
        transaction: { type: 'replace_suffix', expectedSuffix: [user('two')], replacement: [] },
      }),
      /^(?!.*two).*does not end with/s,
      'conflict',
    );
    assert.deepEqual(await conversation.getItems(), [user('one')]);
  });
}

test('two sessions on one file make each transaction once, whichever of them is asked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-sdk-'));
  const dbPath = join(folder, 'c.db');
  {
    await using first = new SQLiteSession({ dbPath });
    await using second = new SQLiteSession({ dbPath });
    const views = [first, second].map((session) => session.conversation('c'));
    const sent = Array.from({ length: 30 }, (_, index) => ({
      operationId: `op ${index % 15}`,
      transaction: { type: 'append_items' as const, items: [user(`${index % 15}`)] },
    }));
    await Promise.all(sent.map((one, index) => views[index % 2]?.applyHistoryTransaction(one)));
    const texts = (await first.loadItems('c')).map(({ content }) => Number(content)).sort((a, b) => a - b);
    assert.deepEqual(
      texts,
      Array.from({ length: 15 }, (_, index) => index),
    );
  }
  rmSync(folder, { recursive: true });
});
