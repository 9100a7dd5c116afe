import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, MemorySession, run, type Session, tool } from 'agents-wasm';

import { everything, placesOf } from '../support/everything.ts';
import { checkGoesOn, failureOf, SECRET, soon } from '../support/faulty-runs.ts';
import { hostileProxy, hostileThrows } from '../support/hostile-values.ts';
import { checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();

/** The places that a run comes by, in their order. */
async function places(): Promise<string[]> {
  await using session = new MemorySession();
  return await placesOf((pass) => {
    const { agent, input, options } = everything(session, pass);
    return run(agent, input, options);
  });
}

test('whoever the run waits for may delete or clear its conversation: the run fails, and nothing of it stays', async () => {
  await using session = new MemorySession();
  for (const [index, place] of (await places()).entries()) {
    const action = index % 2 === 0 ? 'delete' : 'clear';
    let passed = 0;
    const { agent, input, options } = everything(session, async () => {
      if (passed++ === index) await session[action]('c');
    });
    const outcome = await soon(run(agent, input, options)).then(
      () => 'complete',
      ({ code }) => code,
    );
    assert.equal(outcome, 'run_superseded', `${action} at ${place}`);
    assert.deepEqual(await session.loadItems('c'), [], place);
    assert.deepEqual(await session.openRuns('c'), []);
    await checkGoesOn(session);
    await session.delete('c');
  }
});

test('whoever the run waits for may close its session: the run ends with a type, and hangs nowhere', async () => {
  for (const [index, place] of (await places()).entries()) {
    const session = new MemorySession();
    await session.saveItems('c', ['before']);
    let passed = 0;
    const { agent, input, options } = everything(session, async () => {
      if (passed++ === index) await session.close();
    });
    const error = await failureOf(run(agent, input, options));
    assert.equal(error.code, 'closed', place);
  }
});

test('a run elsewhere, started and awaited in each of the waits of a run, ends well', async () => {
  await using session = new MemorySession();
  for (const index of (await places()).keys()) {
    let passed = 0;
    const { agent, input, options } = everything(session, async () => {
      if (passed++ !== index) return;
      const { finalOutput } = await run(new Agent({ name: 'b' }), 'x', { session, ...localApi(['inner']) });
      assert.equal(finalOutput, 'inner');
    });
    const { finalOutput } = await soon(run(agent, input, options));
    assert.deepEqual(finalOutput, { answer: 1 });
  }
});

const act = tool({ name: 'act', execute: () => 'acted' });
const agent = new Agent({ name: 'a', tools: [act] });
const calling = () => localApi([{ calls: [{ name: 'act' }] }, 'done']);

test('a session of the caller may load or save in any bad way: the run fails with a type, and nothing hangs', async () => {
  const fine: Session = { loadItems: async () => [], saveItems: async () => {} };
  const loads: unknown[] = [undefined, null, 5, {}, [5], [null], [[]], [{ a: 1n }], hostileProxy()];
  const sessions: object[] = loads.map((items) => ({ ...fine, loadItems: async () => items }));
  for (const [thrown] of hostileThrows) {
    const fails = () => {
      throw thrown();
    };
    sessions.push({ ...fine, loadItems: fails }, { ...fine, saveItems: fails });
    sessions.push({ ...fine, saveItems: () => Promise.reject(thrown()) });
  }
  for (const session of sessions) await failureOf(run(agent, SECRET, { session: session as Session, ...calling() }));
  assert.equal((await run(agent, 'x', { session: fine, ...calling() })).finalOutput, 'done');
});

test('a session of the caller that never loads is waited for until the run is stopped', async () => {
  const controller = new AbortController();
  let asked = 0;
  const loadItems = () => {
    asked++;
    return new Promise<never>(() => {});
  };
  const session: Session = { loadItems, saveItems: async () => {} };
  const working = run(agent, SECRET, { session, signal: controller.signal, ...calling() });
  working.catch(() => {});
  while (asked === 0) await tick();
  controller.abort();
  await failureOf(working, 'aborted');
});
