import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationMarkdown, type Item, MemorySession, type Session, UserError } from 'agents-wasm';

import { compactingApi, longTalk } from '../support/compacting.ts';

async function markdownOf(items: Item[], options = {}): Promise<string> {
  await using session = new MemorySession();
  await session.saveItems('c', items);
  return withoutTimes(await conversationMarkdown(session, 'c', options));
}

const withoutTimes = (text: string) => text.replaceAll(/ · \d{4}-\d\d-\d\d \d\d:\d\d UTC$/gm, ' · TIME');

const CALLED: Item[] = [
  { role: 'user', content: 'How warm is it?' },
  { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'A tool knows.' }], encrypted_content: 'x' },
  { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
  { type: 'function_call_output', call_id: 'call_1', output: '12 °C' },
  { role: 'assistant', content: [{ type: 'output_text', text: 'Twelve degrees.', annotations: [] }] },
];

test('a conversation has its title, and who said what and when', async () => {
  await using session = new MemorySession();
  await session.setTitle('c', 'Weather *today*');
  const origins = CALLED.map((_, index) => ({ runId: 'run_1', ...(index > 0 && { agent: { name: 'Met_Office' } }) }));
  await session.saveItems('c', CALLED, { operationId: 'x', origins });
  const text = await conversationMarkdown(session, 'c');
  assert.match(text, /^## User · \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
  assert.equal(
    withoutTimes(text),
    [
      '# Weather \\*today\\*',
      '## User · TIME',
      '> How warm is it?',
      '## Met\\_Office · TIME',
      '<details>\n<summary>Thoughts</summary>',
      '> A tool knows.',
      '</details>',
      '<details>\n<summary>weather</summary>',
      '```json\n{\n  "city": "Oslo"\n}\n```',
      '```\n12 °C\n```',
      '</details>',
      '> Twelve degrees.\n',
    ].join('\n\n'),
  );
});

test('without tools it has messages alone, and a conversation without a title is named by its id', async () => {
  const text = await markdownOf(CALLED, { includeTools: false });
  assert.equal(text, '# c\n\n## User · TIME\n\n> How warm is it?\n\n## Assistant · TIME\n\n> Twelve degrees.\n');
});

test('what was said cannot end its quotation, and no fence in an output ends its own', async () => {
  const text = await markdownOf([
    { role: 'user', content: '```js\nlet a = 1 < b;\n\n## Assistant · now\n<script>' },
    { type: 'function_call', call_id: 'call_1', name: '</summary><b>', arguments: 'no `json`' },
    { type: 'function_call_output', call_id: 'call_1', output: '```\n</details>\n````' },
  ]);
  assert.ok(text.includes('> ```js\n> let a = 1 < b;\n>\n> ## Assistant · now\n> <script>'));
  assert.ok(text.includes('<summary>&lt;/summary&gt;&lt;b&gt;</summary>'));
  assert.ok(text.includes('`````\n```\n</details>\n````\n`````'));
  assert.deepEqual(
    text.split('\n').filter((line) => line.startsWith('#')),
    ['# c', '## User · TIME', '## Assistant · TIME'],
  );
});

test('tags are shown as text outside of code, and code stays as it is', async () => {
  const text = await markdownOf([
    { role: 'user', content: 'a <b>bold</b> `<i>` and ``<u>  </u>`` <!-- hide\n~~~\n<p>\n~~~\n<p> 1 < 2' },
  ]);
  assert.ok(
    text.includes('> a &lt;b>bold&lt;/b> `<i>` and ``<u>  </u>`` &lt;!-- hide\n> ~~~\n> <p>\n> ~~~\n> &lt;p> 1 < 2'),
    text,
  );
});

test('where it is not clear what is code, every tag is shown as text', async () => {
  const image = '<img src=x onerror=alert(1)>';
  for (const content of [
    `\\\`${image}\\\``,
    `- \`\`\`\n${image}`,
    `a\n\n    \`\`\`\n\n${image}`,
    `one \` of two\n${image} and \``,
    `~~~ a\n~~~ b\n~~~\n${image}`,
  ]) {
    const text = await markdownOf([{ role: 'user', content }]);
    assert.ok(!text.includes('<img'), text);
  }
});

test('images and files are named, links are kept, and their bytes are not there', async () => {
  const data = `data:image/png;base64,${'iVBOR'.repeat(5000)}`;
  const text = await markdownOf([
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look:' },
        { type: 'input_image', image_url: data },
        { type: 'input_image', image_url: 'https://example.com/a_b.png' },
        { type: 'input_image', image_url: 'https://example.com/a)[b](c.png' },
        { type: 'input_image', image_url: 'javascript:alert(1)' },
        { type: 'input_file', filename: 'a]b.pdf', file_data: data },
        { type: 'input_audio', input_audio: { data } },
      ],
    },
    { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'iVBOR'.repeat(5000) },
    { type: 'computer_call', call_id: 'call_1', id: 'cu_1', action: { type: 'wait' }, pending_safety_checks: [] },
    { type: 'computer_call_output', call_id: 'call_1', output: { type: 'computer_screenshot', image_url: data } },
  ]);
  assert.ok(
    text.includes(
      '> Look:\n>\n> \\[Image\\]\n>\n> [Image](https://example.com/a_b.png)\n>\n> \\[Image\\]\n>\n> \\[Image\\]\n>\n> \\[File: a\\]b.pdf\\]\n>\n> \\[input\\_audio\\]',
    ),
    text,
  );
  assert.ok(text.includes('(25000 characters of data)'));
  assert.doesNotMatch(text, /iVBORiVBOR/);
});

test('what a compaction folded is shown in the place of its summary if asked for', async () => {
  const { openai } = compactingApi();
  await using session = new MemorySession();
  await session.saveItems('c', longTalk(4));
  const args = { force: true, compactionArgs: { targetItems: 2 } };
  assert.equal((await session.runCompaction('c', { ...args, openai })).status, 'done');
  const text = await conversationMarkdown(session, 'c');
  assert.match(text, /^\*What was said before is folded\.\*$/m);
  assert.doesNotMatch(text, /^> About 1:/m);
  assert.match(await conversationMarkdown(session, 'c', { includeCompacted: true }), /^> About 1:/m);
});

test('any session has Markdown, and an empty conversation has a heading', async () => {
  const custom: Session = {
    loadItems: async () => [{ role: 'developer', content: 'Be kind.' }],
    saveItems: async () => {},
  };
  assert.equal(await conversationMarkdown(custom, 'a#b'), '# a\\#b\n\n## Developer\n\n> Be kind.\n');
  assert.equal(await conversationMarkdown(new MemorySession(), 'none'), '# none\n');
});

test('bad arguments are refused by name', async () => {
  const session = new MemorySession();
  const refused = (call: Promise<unknown>, message: RegExp) =>
    assert.rejects(call, (error) => error instanceof UserError && message.test(error.message));
  await refused(conversationMarkdown({} as never, 'c'), /^session must be/);
  await refused(conversationMarkdown(session, ''), /^conversationId must be/);
  await refused(conversationMarkdown(session, 'c', 7 as never), /^options must be/);
  await refused(conversationMarkdown(session, 'c', { includeTools: 'yes' } as never), /^options.includeTools must be/);
});

test('a long hostile text takes no longer than its length', async () => {
  const runs = Array.from({ length: 1400 }, (_, index) => '`'.repeat(index + 1)).join('<');
  const text = await markdownOf([
    { role: 'user', content: `${'`'.repeat(1_000_000)}x\`\n${runs}\n${'> '.repeat(500_000)}` },
  ]);
  assert.ok(text.length > 2_900_000);
});
