import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createOpenAIServer } from 'agents-wasm/testing';

import { BRANCHED, TOOLS } from '../support/chatgpt-export.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const EXAMPLES = new Map(
  README.split(/^## /m).flatMap((section) => {
    const heading = section.slice(0, section.indexOf('\n'));
    return [...section.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => [heading, match[1] as string] as const);
  }),
);

const server = createOpenAIServer();
const http = createServer(async (request, response) => {
  const chunks = await request.toArray();
  const answer = await server.fetch(`http://localhost${request.url}`, {
    method: request.method ?? 'GET',
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks),
  });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
});
// Inside the package, so that the examples' imports mean this package, as a user's mean the installed one.
const folder = mkdtempSync(join(ROOT, 'build/readme-'));

before(() => new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready)));
after(() => {
  http.close();
  rmSync(folder, { recursive: true });
});

/** Runs an example itself, or a file that uses it. */
async function runExample(heading: string, main?: string): Promise<{ status: number | null; output: string }> {
  const name = `${heading.toLowerCase().replaceAll(/\W+/g, '-')}.ts`;
  writeFileSync(join(folder, name), EXAMPLES.get(heading) as string);
  const { port } = http.address() as AddressInfo;
  const api = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: 'sk-readme' };
  const environment = { ...process.env, ...api, OPENAI_AGENTS_DISABLE_TRACING: '1' };
  const child = spawn(process.execPath, [main ?? name], { cwd: folder, env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const status = await new Promise<number | null>((ended) => child.on('close', ended));
  return { status, output };
}

test("the README's first example remembers the name", async () => {
  const { status, output } = await runExample('Twenty lines');
  assert.equal(status, 0, output);
  assert.match(output, /Your name is John\./);
  assert.match(output, /assistant \{/);
});

test("the README's example of open runs goes on with a run that failed", async () => {
  // As often as the client tries.
  server.failNext({ status: 500, times: 3 });
  const { status, output } = await runExample('A run is a transaction');
  assert.equal(status, 0, output);
  assert.match(output, /APIError/);
  assert.match(output, /\w+ failed with 1 items/);
});

test("the README's streaming example prints the answer and the tokens", async () => {
  const { status, output } = await runExample('Streaming and stopping');
  assert.equal(status, 0, output);
  assert.match(output, /John/);
  assert.match(output, /[0-9a-f-]{36} \d+/);
});

test("the README's example of compaction tells what it came to", async () => {
  const { status, output } = await runExample('Compaction');
  assert.equal(status, 0, output);
  assert.match(output, /^not_due\nnothing_to_fold 0\n\[/);
});

test("the README's encrypted conversation remembers the name, and its store shows envelopes", async () => {
  const { status, output } = await runExample('Encryption');
  assert.equal(status, 0, output);
  assert.match(output, /^Your name is John\.\n\[\n.*__enc__: 1,/s);
  // Four messages, and what two runs cost.
  assert.match(output, /^1 6$/m);
});

test("the README's statistics count the run and its tokens", async () => {
  const { status, output } = await runExample('Statistics');
  assert.equal(status, 0, output);
  assert.match(output, /^1 1 [1-9]\d* \d+/);
  assert.match(output, /\n1 \{\} \[\]\n$/);
});

test("the README's retention and erasure leave nothing of the user", async () => {
  const { status, output } = await runExample('Keeping it small');
  assert.equal(status, 0, output);
  assert.match(output, /^\[\] \[\] 0\n\[ 'user-7:first' \]\nfile \d+ undefined false\n$/);
});

test("the README's search finds what was said", async () => {
  const { status, output } = await runExample('Search');
  assert.equal(status, 0, output);
  assert.match(output, /^trip \S+ active \[ 'Musée', 'd’Orsay' \]\nundefined\n$/);
});

test("the README's branches show what was said on each", async () => {
  const { status, output } = await runExample('Branches');
  assert.equal(status, 0, output);
  assert.match(output, /^main 2 Hello, I'm Jon\nedited 2 Hello, I'm John\nonce more 1 Hello, I'm John\n$/);
});

test("the README's custom session runs", async () => {
  const { status, output } = await runExample('Which session');
  assert.equal(status, 0, output);
});

test("the README's example of the Agents SDK remembers the name", async () => {
  const { status, output } = await runExample('Inside the Agents SDK');
  assert.equal(status, 0, output);
  assert.match(output, /Your name is John\./);
});

test("the README's conversation on the server remembers the name", async () => {
  const { status, output } = await runExample('Conversations on the server');
  assert.equal(status, 0, output);
  assert.match(output, /Your name is John\. conv_\w+/);
});

test("the README's moved conversation comes once", async () => {
  const { status, output } = await runExample('Moving conversations');
  assert.equal(status, 0, output);
  assert.equal(output, '1 items came, 0 were there\n0 items came, 1 were there\n');
});

test("the README's ChatGPT export becomes a document and a database", async () => {
  writeFileSync(join(folder, 'conversations.json'), JSON.stringify([BRANCHED, TOOLS]));
  const { status, output } = await runExample('Files of others');
  assert.equal(status, 0, output);
  assert.equal(output, '2 conversations came []\n0 items came, 17 were there\n');
  assert.match(readFileSync(join(folder, 'talk.md'), 'utf8'), /^# Talk \w+\n\n## User · 2023-/);
});

test("the README's handoff goes to the agent that can help", async () => {
  const { status, output } = await runExample('Tools, handoffs, guardrails');
  assert.equal(status, 0, output);
  assert.match(output, /To shipping\.\nShipping /);
});

test("the README's refund waits for an approval and is paid once", async () => {
  const { status, output } = await runExample('Approvals');
  assert.equal(status, 0, output);
  assert.match(output, /May I\? refund \{.*12.*\}\n.*12 paid back/);
});

test("the README's structured output is an object", async () => {
  const { status, output } = await runExample('Structured output');
  assert.equal(status, 0, output);
  assert.match(output, /guests: 12/);
});

test("the README's own model answers", async () => {
  const { status, output } = await runExample('Models');
  assert.equal(status, 0, output);
  assert.match(output, /^Hello 1 true$/m);
});

test("the README's Worker answers who is signed in, and nobody else", async () => {
  writeFileSync(
    join(folder, 'page.ts'),
    `import worker from './keys.ts';
    const { OPENAI_API_KEY, OPENAI_BASE_URL } = process.env as Record<string, string>;
    const LOGINS = { get: async (token: string) => (token === 'good' ? 'ann' : null) };
    for (const token of ['good', 'bad']) {
      const init = {
        method: 'POST',
        headers: { authorization: 'Bearer ' + token },
        body: JSON.stringify({ model: 'gpt-5.6-luna', input: "Hello, I'm John" }),
      };
      const request = new Request('https://app.local/v1/responses', init);
      const answer = await worker.fetch(request, { OPENAI_API_KEY: OPENAI_API_KEY!, OPENAI_BASE_URL: OPENAI_BASE_URL!, LOGINS });
      console.log(answer.status, /John/.test(await answer.text()));
    }`,
  );
  const { status, output } = await runExample('Keys', 'page.ts');
  assert.equal(status, 0, output);
  assert.match(output, /^200 true\n401 false$/m);
});

test("the README's Durable Objects are asked for who is signed in, and for nobody else", async () => {
  writeFileSync(
    join(folder, 'edge-page.ts'),
    `import worker, { Conversations } from './on-the-edge.ts';
    const names: string[] = [];
    const object = { fetch: async () => Response.json({ conversations: [] }) };
    const env = { OPENAI_API_KEY: 'sk-readme', CONVERSATIONS: { idFromName: (name) => names.push(name), get: () => object } };
    for (const headers of [{ 'x-user': 'ann' }, {}]) {
      const answer = await worker.fetch(new Request('http://app.local/api/conversations', { headers }), env);
      console.log(answer.status, names.join(), typeof Conversations.prototype.alarm);
    }`,
  );
  const { status, output } = await runExample('On the edge', 'edge-page.ts');
  assert.equal(status, 0, output);
  assert.match(output, /^200 ann function\n401 ann function$/m);
});

test("the README's slim entry takes its WebAssembly from where it is told", async () => {
  const { status, output } = await runExample('Entries');
  assert.equal(status, 0, output);
  assert.match(output, /role: 'user', content: 'Hello'/);
});

test("the README's stores at the edge are asked for conversations", async () => {
  writeFileSync(
    join(folder, 'stores.ts'),
    `import { inD1, inLibsql, inObject } from './edge-stores.ts';
     const fails = (name) => () => { throw new Error(name); };
     const object = { sql: { exec: fails('asked the object') }, transactionSync: (work) => work() };
     const binding = { prepare: fails('asked D1'), batch: fails('asked D1') };
     for (const session of [inObject(object), inD1(binding)]) {
       console.log(await session.loadItems('c').catch(({ code, message }) => code + ' ' + message));
     }
     globalThis.fetch = async (url, { headers }) => new Response(console.log(String(url), headers.authorization));
     console.log(await inLibsql('token').loadItems('c').catch(({ code }) => code));`,
  );
  const { status, output } = await runExample('Edge stores', 'stores.ts');
  assert.equal(status, 0, output);
  assert.match(output, /^io .*asked the object.*\nio .*asked D1/);
  assert.match(output, /https:\/\/conversations\.turso\.io\/v2\/pipeline Bearer token\n[\s\S]*io\n$/);
});

test('every example of the README is run by a test', () => {
  const source = readFileSync(import.meta.filename, 'utf8');
  const blocks = README.match(/^```ts$/gm) ?? [];
  assert.equal(EXAMPLES.size, blocks.length, 'A section has two examples.');
  for (const heading of EXAMPLES.keys()) assert.ok(source.includes(`runExample('${heading}'`), heading);
});

test("the README's examples compile under strict types", () => {
  [...EXAMPLES.values()].forEach((code, index) => writeFileSync(join(folder, `example-${index}.ts`), code));
  const components = [...README.matchAll(/^```tsx\n([\s\S]*?)^```/gm)];
  components.forEach(([, code], index) => writeFileSync(join(folder, `component-${index}.tsx`), code as string));
  const settings = {
    extends: '../../tests/tsconfig.json',
    compilerOptions: { rootDir: '../..', jsx: 'react-jsx' },
    include: ['example-*.ts', 'component-*.tsx'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', folder], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
