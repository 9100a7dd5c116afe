// A process that is made to be killed: `node killed-process.ts <dbPath> saves|runs|tool`. It tells in lines what it has
// been told is safe, until it ends for want of somebody who reads.
import { writeSync } from 'node:fs';

import { Agent, run, SQLiteSession, tool } from 'agents-wasm';
import { createOpenAIServer, scriptedModel, type Turn } from 'agents-wasm/testing';

const [dbPath = '', task] = process.argv.slice(2);
const session = new SQLiteSession({ dbPath });
const say = (line: string) => writeSync(1, `${line}\n`);

function asked(turns: Turn[]) {
  const { fetch } = createOpenAIServer({ model: scriptedModel(turns) });
  const openai = { apiKey: 'none', baseURL: 'http://local/v1', fetch: fetch as typeof globalThis.fetch };
  return { session, conversationId: 'c', runConfig: { openai } };
}

async function save(count: number): Promise<void> {
  await session.saveItems('c', [`${count}.0`, `${count}.1`]);
}

async function runOnce(count: number): Promise<void> {
  const act = tool({ name: 'act', execute: () => 'ok' });
  const turns = [{ calls: [{ name: 'act', callId: `${count}.call` }] }, `${count}!`];
  await run(new Agent({ name: 'bot', tools: [act] }), `${count}`, asked(turns));
}

async function hangInTool(): Promise<never> {
  const act = tool({
    name: 'act',
    execute: () => {
      say('working');
      return new Promise(() => setInterval(() => {}, 1000));
    },
  });
  await run(new Agent({ name: 'bot', tools: [act] }), 'hang', asked([{ calls: [{ name: 'act', callId: 'hung' }] }]));
  throw new Error('The tool has ended.');
}

if (task === 'tool') await hangInTool();
for (let count = 0; ; count++) {
  await (task === 'runs' ? runOnce(count) : save(count));
  say(`${count}`);
}
