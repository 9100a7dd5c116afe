import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item, SearchHit } from 'agents-wasm';

import { applyChange } from '../../dist/sessions/store-calls.js';
import type { AnySession } from './session-suite.ts';

const user = (content: string): Item => ({ role: 'user', content });
const shown = ({ conversationId, snippet }: SearchHit) => `${conversationId}: ${snippet}`;
/** What was found, as the snippet has it. */
const found = ({ snippet, matches }: SearchHit) => matches.map(([from, to]) => snippet.slice(from, to));

/** Holds every kind of session to the same promises of its search. `method` is how it searches. */
export function sessionSearchSuite(kind: string, open: () => AnySession, method: 'index' | 'scan'): void {
  const check = (name: string, body: (session: AnySession) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      await using session = open();
      await body(session);
    });

  check('a search finds what was said in any conversation, and leads to the item', async (session) => {
    await session.saveItems('a', ['The opening hours of the museum?', { role: 'assistant', content: 'Nine to five.' }]);
    await session.saveItems('b', [
      { type: 'function_call', call_id: '1', name: 'look_up', arguments: '{"place":"Musée d\\u0027Orsay"}' },
      { type: 'function_call_output', call_id: '1', output: 'It opens at nine.' },
    ]);
    const result = await session.search('MUSE');
    assert.equal(result.method, method);
    assert.equal(result.next, undefined);
    assert.deepEqual(result.hits.map(found), [['Musée'], ['museum']]);
    const [call, question] = result.hits as [SearchHit, SearchHit];
    assert.deepEqual(
      [call.type, call.role, call.where, 'shelf' in call],
      ['function_call', undefined, 'active', false],
    );
    assert.deepEqual([question.type, question.role, question.conversationId], ['message', 'user', 'a']);
    const [item] = await session.loadItems('a');
    assert.equal(question.uid, item?.uid);
    assert.equal(question.createdAt.getTime(), item?.createdAt?.getTime());
    assert.deepEqual((await session.search('nine')).hits.map(shown), ['b: It opens at nine.', 'a: Nine to five.']);
    assert.deepEqual((await session.search('nine', { conversationId: 'a' })).hits.map(shown), ['a: Nine to five.']);
    assert.deepEqual((await session.search('"opening hours" museum')).hits.length, 1);
    assert.deepEqual((await session.search('"hours opening"')).hits, []);
  });

  check('a page has at most limit hits, and the next one goes on behind it', async (session) => {
    for (let index = 0; index < 25; index++) await session.saveItems(`c${index % 12}`, [`word ${index}`]);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await session.search('word', { limit: 4, after });
      assert.ok(page.hits.length <= 4);
      seen.push(...page.hits.map(({ snippet }) => snippet));
      after = page.next;
    } while (after !== undefined);
    assert.equal(seen.length, 25);
    assert.equal(new Set(seen).size, 25);
    await assert.rejects(session.search('word', { after: 'nonsense' }), { code: 'invalid_argument' });
  });

  check('what is no word finds nothing and breaks nothing', async (session) => {
    await session.saveItems('c', ['say "hello" * NEAR( x', 'go 🚀', '東京に住んでいます']);
    for (const text of ['', ' ', '"', '""', '*', 'hello"*"(', '\u0000', '\ud800', "'; DROP TABLE agent_messages; --"]) {
      const { hits } = await session.search(text);
      assert.equal(hits.length, text.startsWith('hello') ? 1 : 0, JSON.stringify(text));
    }
    assert.equal((await session.search('NEAR(')).hits.length, 1);
    assert.equal((await session.search('🚀')).hits.length, 1);
    assert.deepEqual((await session.search('京に')).hits.map(found), [['京に']]);
    assert.equal((await session.search('に京')).hits.length, 0);
    assert.equal((await session.search('x'.repeat(10_000))).hits.length, 0);
    await assert.rejects(session.search('word '.repeat(2000)), { code: 'invalid_argument', message: /64 words/ });
  });

  check('neither images nor files nor what is encrypted is found', async (session) => {
    const data = btoa('some words that are in a file '.repeat(20));
    await session.saveItems('c', [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: `see ${data} here` },
          { type: 'input_image', image_url: 'data:image/png;base64,secret' },
        ],
      },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Because' }],
        encrypted_content: 'secret',
      },
    ] as Item[]);
    assert.equal((await session.search('secret')).hits.length, 0);
    assert.equal((await session.search(data.slice(0, 12))).hits.length, 0);
    assert.equal((await session.search('see here')).hits.length, 1);
    assert.equal((await session.search('because')).hits.length, 1);
  });

  check('what was folded is found where it lies, and what is gone is not', async (session) => {
    await session.saveItems('c', ['word one', 'word two', 'word three']);
    assert.equal((await session.search('word')).hits.length, 3);
    const uids = (await session.loadItems('c')).map(({ uid }) => uid as string);
    const shelve = { type: 'shelve', uids: uids.slice(0, 1), shelf: 'folded:x' } as const;
    await applyChange(session, 'c', { opId: 'fold', edits: [shelve] });
    await session.replaceItem('c', uids[1] as string, user('another two'));
    const { hits } = await session.search('word');
    assert.deepEqual(
      hits.map(({ snippet, where, shelf }) => [snippet, where, shelf]),
      [
        ['word three', 'active', undefined],
        ['word one', 'folded', 'folded:x'],
      ],
    );
    const page = await session.loadPage('c', { shelf: hits[1]?.shelf });
    assert.equal(page.items[0]?.uid, hits[1]?.uid);
    await session.popItem('c');
    assert.deepEqual((await session.search('word')).hits.map(shown), ['c: word one']);
    await session.delete('c');
    assert.deepEqual((await session.search('word')).hits, []);
    assert.deepEqual((await session.search('another')).hits, []);
  });

  check('a search can be watched and stopped, and goes on where it was', async (session) => {
    for (let list = 0; list < 13; list++) {
      await session.saveItems(
        `c${list}`,
        Array.from({ length: 100 }, (_, index) => `word ${list} ${index}`),
      );
    }
    const stop = new AbortController();
    const reason = new Error('enough');
    const stopped = session.search('nothing', {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await assert.rejects(stopped, { code: 'aborted', cause: reason });
    const steps: number[] = [];
    const { hits } = await session.search('"word 7 99"', {
      onProgress(progress) {
        assert.equal(progress.method, method);
        steps.push(progress.done);
      },
    });
    assert.deepEqual(hits.map(shown), ['c7: word 7 99']);
    assert.ok(steps.length > 0);
    assert.deepEqual(
      steps,
      steps.toSorted((a, b) => a - b),
    );
    await assert.rejects(session.search('word', { signal: AbortSignal.abort(reason) }), {
      code: 'aborted',
      cause: reason,
    });
  });
}
