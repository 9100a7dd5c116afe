import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Agent, MemorySession, RunState, run, SQLiteSession, tool } from 'agents-wasm';
import fc from 'fast-check';

import { checkGoesOn, failureOf, onEachStore, SECRET, soon } from '../support/faulty-runs.ts';
import { checkLeaks } from '../support/local-api.ts';
import { functionCall, message, modelSays, response } from '../support/model-answers.ts';
import type { AnySession } from '../support/session-suite.ts';

checkLeaks();

const made: unknown[] = [];
const act = tool({
  name: 'act',
  strict: false,
  needsApproval: true,
  execute: (args) => {
    made.push(args);
    return 'ok';
  },
});
const agent = new Agent({ name: 'a', tools: [act] });
const says = (...outputs: unknown[][]) => ({
  runConfig: modelSays(outputs.map((output) => response(output))).runConfig,
});

/** The state of a run that waits for one call to be approved, which has been. */
async function approved(session?: AnySession): Promise<string> {
  made.length = 0;
  const where = session ? { session, conversationId: 'c' } : {};
  const { state } = await run(agent, SECRET, { ...where, ...says([functionCall('c1', '{"file":"a"}')]) });
  for (const call of state.getInterruptions()) state.approve(call);
  return state.toString();
}

/** Reads it and, if that works, goes on with it: what comes of that has to be typed. */
async function goOn(text: string, session?: AnySession): Promise<string> {
  const work = async () => {
    const state = await RunState.fromString(agent, text);
    assert.equal(typeof state.toString(), 'string');
    state.getInterruptions();
    return run(agent, state, { ...(session && { session }), ...says([message('done')]) });
  };
  const working = work();
  return soon(working).then(
    ({ finalOutput }) => `ended ${finalOutput}`,
    async () => (await failureOf(working)).code,
  );
}

type Data = Record<string, never> & { batches: never[]; interruptions: { rawItem: Record<string, unknown> }[] };
const changedBy = (text: string, change: (data: Data) => void): string => {
  const data = JSON.parse(text);
  change(data);
  return JSON.stringify(data);
};

test('interruptions that are no calls make a text that is no run state', async () => {
  const text = await approved();
  for (const flaw of [{ call_id: 5 }, { call_id: undefined }, { call_id: null }, { name: 5 }, { name: undefined }]) {
    const changed = changedBy(text, ({ interruptions }) => void Object.assign(interruptions[0]?.rawItem ?? {}, flaw));
    assert.equal(await goOn(changed), 'invalid_run_state', JSON.stringify(flaw));
  }
  assert.equal(await goOn(text), 'ended done');
});

test('a text that is nested beyond reason, or endless, is no run state', async () => {
  const text = await approved();
  for (const levels of [600, 20_000, 200_000]) {
    const deep = text.replace(`"${SECRET}"`, '['.repeat(levels) + ']'.repeat(levels));
    assert.notEqual(deep, text);
    assert.match(await goOn(deep), /^(invalid_run_state|invalid_item|invalid_argument|user_error)$/, String(levels));
    assert.equal(await goOn(text + '['.repeat(levels)), 'invalid_run_state');
  }
  for (const end of [0, 1, text.length >> 1, text.length - 1]) {
    assert.equal(await goOn(text.slice(0, end)), 'invalid_run_state');
  }
});

test('a member of the name __proto__ pollutes nothing, wherever it stands', async () => {
  const text = await approved();
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
    const rest = text.slice(at + 1);
    const polluted = `${text.slice(0, at + 1)}"__proto__":{"polluted":true}${rest.startsWith('}') ? '' : ','}${rest}`;
    assert.match(await goOn(polluted), /^(invalid_run_state|ended done)$/);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  }
});

test('numbers that no run counts to are refused or do no harm', async () => {
  const text = await approved();
  for (const number of ['1e999', '-1', '0.5', '9007199254740993', '2147483647', '2147483648', '4294967297', '-0']) {
    for (const member of ['turn', 'requests', 'totalTokens']) {
      const changed = text.replaceAll(new RegExp(`"${member}":\\d+`, 'g'), `"${member}":${number}`);
      assert.match(await goOn(changed), /^(invalid_run_state|max_turns_exceeded|ended done)$/, `${member} ${number}`);
    }
  }
});

test('ids of conversations and runs that are none lead nowhere, and harm nothing', async () => {
  await onEachStore(async (session) => {
    const text = await approved(session);
    for (const id of ['a\0b', '\udc00', 'x'.repeat(5000), '__proto__', "'; drop table agent_messages; --", '\n']) {
      const codes = /^(not_found|run_superseded|invalid_argument|invalid_run_state)$/;
      assert.match(
        await goOn(
          changedBy(text, (data) => Object.assign(data, { conversationId: id })),
          session,
        ),
        codes,
      );
      assert.match(
        await goOn(
          changedBy(text, (data) => Object.assign(data, { runId: id })),
          session,
        ),
        codes,
      );
    }
    assert.deepEqual(made, []);
    assert.equal(await goOn(text, session), 'ended done');
    assert.equal(await goOn(text, session), 'run_superseded');
    await checkGoesOn(session);
  });
});

test('a run state that has gone on cannot go on again from the same text, in any store with a journal', async () => {
  await onEachStore(async (session) => {
    const text = await approved(session);
    const both = await Promise.all([goOn(text, session), goOn(text, session)]);
    assert.deepEqual(both.sort(), ['ended done', 'run_superseded']);
    assert.deepEqual(made, [{ file: 'a' }]);
    await checkGoesOn(session);
  });
});

const json = fc.jsonValue({ maxDepth: 4 });

test('whatever is changed in a run state, it is refused as one or goes on to a typed end', async () => {
  await using session = new MemorySession();
  const texts = [await approved(), await approved(session)];
  const change = fc.tuple(fc.nat(), json, fc.constantFrom('put', 'remove', 'repeat'));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (which, changes) => {
        const tree = JSON.parse(texts[which] as string);
        for (const [at, value, how] of changes) changeAt(tree, at, value, how);
        const outcome = await goOn(JSON.stringify(tree), which === 1 ? session : undefined);
        assert.notEqual(outcome, 'internal');
        // Another run works in this instance.
        assert.equal((await run(agent, 'x', says([message('ok')]))).finalOutput, 'ok');
      },
    ),
    { numRuns: 300 },
  );
});

test('whatever bytes are lost or changed in the text of a run state, it is refused or goes on to a typed end', async () => {
  const text = await approved();
  const place = fc.nat(text.length - 1);
  await fc.assert(
    fc.asyncProperty(place, fc.nat(5), fc.string({ maxLength: 3, unit: 'binary' }), async (at, length, put) => {
      assert.notEqual(await goOn(text.slice(0, at) + put + text.slice(at + length)), 'internal');
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), async (any) => {
      assert.equal(await goOn(any), 'invalid_run_state');
    }),
    { numRuns: 200 },
  );
});

test('the state of a run in a file goes on after the file was opened anew, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
  const dbPath = join(folder, 'a.db');
  let text: string;
  {
    await using first = new SQLiteSession({ dbPath });
    text = await approved(first);
  }
  {
    await using second = new SQLiteSession({ dbPath });
    assert.equal(await goOn(text, second), 'ended done');
    assert.equal(await goOn(text, second), 'run_superseded');
  }
  rmSync(folder, { recursive: true });
});

/** Puts a value in one of the places of a tree, empties the place, or lets a list have its element twice. */
function changeAt(tree: object, at: number, value: unknown, how: string): void {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk(child);
    }
  };
  walk(tree);
  const [holder, key] = places[at % places.length] ?? [{}, ''];
  if (how === 'repeat' && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  else if (how === 'remove') delete holder[key];
  else holder[key] = value;
}
