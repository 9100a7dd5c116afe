import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { Agent, AgentsError, MemorySession, run, SQLiteSession, tool } from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { KEY, localApi } from './local-api.ts';
import type { AnySession } from './session-suite.ts';

/** What the user said in runs that fail: it must not be in any message. */
export const SECRET = 'the words of the user';

/** All that a run may fail with. */
const CODES = [
  ['invalid_argument', 'user_error', 'callback_failed', 'invalid_run_state', 'invalid_item', 'aborted', 'closed'],
  ['conversation_busy', 'run_superseded', 'not_found', 'too_large', 'max_turns_exceeded', 'model_behavior'],
  ['model_failed', 'model_refusal', 'invalid_final_output', 'input_guardrail_tripwire', 'output_guardrail_tripwire'],
  ['tool_guardrail_tripwire', 'tool_call_error', 'tool_timeout', 'api_error', 'api_connection'],
].flat();

// Of slowness, which is the machine's here.
const onWarning = () => {};

/** Does it with a session in memory, and with one in a file that is then opened again. */
export async function onEachStore(work: (session: AnySession, where: string) => Promise<void>): Promise<void> {
  {
    await using memory = new MemorySession({ onWarning });
    await work(memory, 'memory');
  }
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
  try {
    const dbPath = join(folder, 'a.db');
    {
      await using file = new SQLiteSession({ dbPath, onWarning });
      await work(file, 'file');
    }
    await using again = new SQLiteSession({ dbPath });
    for (const { id } of (await again.listConversations({ limit: 1000 })).conversations) await checkWhole(again, id);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The history can be read, and every call in it has its output. */
export async function checkWhole(session: AnySession, conversationId: string): Promise<void> {
  const items = await session.loadItems(conversationId);
  const report = await session.doctor(conversationId);
  assert.deepEqual([report.items, report.findings], [items.length, []], inspect(items, { depth: 5 }).slice(0, 2000));
}

/** After a fault: the history is whole, and the next run in it works, whose request a strict server takes. */
export async function checkGoesOn(session: AnySession, conversationId = 'c'): Promise<void> {
  await checkWhole(session, conversationId);
  const { server, runConfig } = localApi(['Fine.']);
  const { finalOutput } = await run(new Agent({ name: 'next' }), 'And now?', { session, conversationId, runConfig });
  assert.equal(finalOutput, 'Fine.', `${server.requests.length} requests`);
  await checkWhole(session, conversationId);
}

/** The failure of this work, which has to be one of ours, that tells nothing of what was said. */
export async function failureOf(work: unknown, ...codes: string[]): Promise<AgentsError> {
  const error = await soon(work).then(
    (value) => assert.fail(`It did not fail: ${inspect(value).slice(0, 500)}`),
    (failure) => failure,
  );
  // Not inspected as a whole: a cause may throw when it is looked at.
  assert.ok(error instanceof AgentsError, String(error?.message));
  assert.ok((codes.length > 0 ? codes : CODES).includes(error.code), `${error.code}: ${error.message}`);
  for (const word of [SECRET, KEY]) assert.ok(!error.message.includes(word), error.message);
  assert.ok(error.message.length < 1000, `The message has ${error.message.length} characters.`);
  return error;
}

/** Fails where the work hangs. */
export async function soon<Value>(work: Value, ms = 20_000): Promise<Awaited<Value>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, ms, new Error('It hangs.'));
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer)) as Promise<Awaited<Value>>;
}

/** An agent with one tool, and an API whose model calls it once, with these turns behind that. */
export function oneCall(execute: (...args: never[]) => unknown, turns: Turn[] = ['done'], more: object = {}) {
  const act = tool({ name: 'act', ...more, execute: execute as () => unknown });
  const agent = new Agent({ name: 'caller', tools: [act] });
  return { agent, act, ...localApi([{ calls: [{ name: 'act' }] }, ...turns]) };
}
