import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportDatabase, importChatGPT, importDatabase } from 'agents-wasm';

import { readPage } from '../../dist/sessions/store-calls.js';
import { BRANCHED, conversation, message, TOOLS } from './chatgpt-export.ts';

type LocalSession = Parameters<typeof importChatGPT>[0];

const decoder = new TextDecoder();
const said = (items: readonly Record<string, any>[]) => items.map(({ content }) => content);

/** Files of others, and databases as files, to and from this kind of session. */
export function sessionFilesSuite(kind: string, open: () => LocalSession): void {
  test(`${kind}: a ChatGPT export becomes conversations with branches, and is imported once`, async () => {
    await using session = open();
    const file = JSON.stringify([BRANCHED, TOOLS]);
    const report = await importChatGPT(session, file);
    assert.deepEqual(report, { conversations: 2, items: 17, skipped: 0, problems: [] });
    assert.deepEqual(said(await session.loadItems('chatgpt-branched')), [
      'Which bird sings at night?',
      'The nightingale.',
      'Where does it live?',
      'In bushes near water.',
      'Thanks.',
    ]);
    const { items } = await readPage(session, {
      conversationId: 'chatgpt-branched',
      shelf: 'branch:chatgpt-q1-edited',
    });
    assert.deepEqual(said(items), ['Which bird sings by day?', 'The lark.']);
    const { id } = (await session.listBranches('chatgpt-branched'))[1] ?? assert.fail('There is one branch.');
    await session.switchBranch('chatgpt-branched', id);
    assert.deepEqual(said(await session.loadItems('chatgpt-branched')).slice(2), [
      'Where does it live?',
      'In thickets.',
    ]);
    const { conversations } = await session.listConversations();
    assert.deepEqual(conversations.map(({ title, metadata }) => [title, metadata.source]).sort(), [
      ['Talk branched', 'chatgpt'],
      ['Talk tools', 'chatgpt'],
    ]);
    const again = await importChatGPT(session, file);
    assert.deepEqual(again, { conversations: 0, items: 0, skipped: 17, problems: [] });
    assert.deepEqual((await session.doctor('chatgpt-tools')).findings, []);
  });

  test(`${kind}: an export that has gone on adds what is new, unless the conversation has gone on here too`, async () => {
    await using session = open();
    const one = { id: 'a', message: message('user', 'one') };
    const two = { id: 'b', parent: 'a', message: message('assistant', 'two') };
    const three = { id: 'c', parent: 'b', message: message('user', 'three') };
    const other = { id: 'd', parent: 'a', message: message('assistant', 'another two') };
    const longer = conversation('t', [one, two, three], { current_node: 'c' });
    await importChatGPT(session, JSON.stringify([conversation('t', [one, two])]));
    const report = await importChatGPT(session, JSON.stringify([longer]));
    assert.deepEqual(report, { conversations: 1, items: 1, skipped: 2, problems: [] });
    assert.deepEqual(said(await session.loadItems('chatgpt-t')), ['one', 'two', 'three']);
    await session.saveItems('chatgpt-t', ['from here']);
    const branched = conversation('t', [one, two, three, other], { current_node: 'd' });
    const { conversations, skipped, problems } = await importChatGPT(session, JSON.stringify([branched]));
    assert.deepEqual([conversations, skipped, problems.length], [0, 3, 1]);
    assert.match(problems[0]?.message ?? '', /^Conversation 1 .* is here already .* 1 of its messages/);
    assert.deepEqual(said(await session.loadItems('chatgpt-t')), ['one', 'two', 'three', 'from here']);
  });

  test(`${kind}: what goes through a database file is the same, item by item, titles and branches too`, async () => {
    await using from = open();
    await importChatGPT(from, JSON.stringify([BRANCHED, TOOLS]));
    await from.saveItems('c', ['Grüße 😀 \u0000', { type: 'x', n: 1e21, deep: [[{ a: null }]] }]);
    await from.setTitle('c', 'Ünïcode "title"');
    await from.setMetadata('c', { pinned: true });
    const file = await exportDatabase(from);
    assert.equal(decoder.decode(file.subarray(0, 15)), 'SQLite format 3');
    assert.deepEqual([...file.subarray(18, 20)], [1, 1]);
    await using to = open();
    const report = await importDatabase(to, file);
    assert.deepEqual(report, { conversations: 3, items: 19, skipped: 0, problems: [] });
    assert.deepEqual(await linesOf(to), await linesOf(from));
    const again = await importDatabase(to, new Blob([file as Uint8Array<ArrayBuffer>]));
    assert.deepEqual(again, { conversations: 0, items: 0, skipped: 19, problems: [] });
    assert.deepEqual(await linesOf(to), await linesOf(from));
  });
}

/** An export without the times of the export. */
async function linesOf(session: LocalSession): Promise<string[]> {
  let text = '';
  for await (const bytes of session.exportConversations()) text += decoder.decode(bytes, { stream: true });
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/"createdAt":"[^"]*"/, ''));
}
