import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AgentsError, MemorySession, RunAbortedError, run, type StreamedRun } from 'agents-wasm';

import { everything, type Pass, placesOf } from '../support/everything.ts';
import { checkGoesOn, onEachStore, soon } from '../support/faulty-runs.ts';
import { hostileThrows } from '../support/hostile-values.ts';
import { checkLeaks, tick } from '../support/local-api.ts';
import type { AnySession } from '../support/session-suite.ts';

checkLeaks();

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

async function play(session: AnySession, stream: boolean, pass: Pass, more: object = {}) {
  const { agent, input, options } = everything(session, pass);
  if (!stream) return run(agent, input, { ...options, ...more });
  const streamed = await run(agent, input, { ...options, ...more, stream: true });
  for await (const event of streamed) assert.ok(event.type);
  return streamed.completed;
}

type Thrown = (typeof hostileThrows)[number];

// Files are slow: not every place is tried on them.
const FILE_STEP = 5;

/** The places that a run comes by, in their order. */
async function places(stream: boolean): Promise<string[]> {
  await using session = new MemorySession();
  return await placesOf(async (pass) => {
    const { finalOutput } = await play(session, stream, pass);
    assert.deepEqual(finalOutput, { answer: 1 });
  });
}

test('a run with all there is waits in all the places that its caller knows', async () => {
  const found = new Set(await places(false));
  const expected = ['instructions', 'tool isEnabled', 'handoff isEnabled', 'blocking guardrail', 'parallel guardrail'];
  expected.push(
    'sessionInputCallback',
    'callModelInputFilter',
    'fetch',
    'read',
    'needsApproval',
    'tool',
    'tool schema',
  );
  expected.push('tool input guardrail', 'tool output guardrail', 'toolUseBehavior', 'handoff schema', 'onHandoff');
  expected.push('handoff filter', 'expert instructions', 'output schema', 'output guardrail', 'triage onAgentStart');
  expected.push(
    'run onHandoff',
    'run onLlmStart',
    'run onLlmEnd',
    'run onToolStart',
    'run onToolEnd',
    'expert onAgentEnd',
  );
  for (const place of expected) assert.ok(found.has(place), place);
});

for (const stream of [false, true]) {
  const kind = stream ? 'streamed' : 'whole';

  test(`${kind}: a run may be stopped in each of its waits, whoever it waits for settles or not`, async () => {
    const all = await places(stream);
    await onEachStore(async (session, where) => {
      for (const [index, place] of all.entries()) {
        if (where === 'file' && (stream || index % FILE_STEP !== 0)) continue;
        for (const settles of stream ? [index % 2 === 0] : [true, false]) {
          const controller = new AbortController();
          let passed = 0;
          const pass = async () => {
            if (passed++ !== index) return;
            controller.abort(place);
            if (!settles) await new Promise(() => {});
            await tick();
          };
          const working = play(session, stream, pass, { signal: controller.signal });
          const error = await soon(working).then(
            (result) => assert.fail(`${place}: ${inspect(result.finalOutput)}`),
            (failure) => failure,
          );
          assert.ok(error instanceof RunAbortedError && error.cause === place, `${place}: ${inspect(error)}`);
          await checkGoesOn(session);
        }
      }
    });
    await tick();
    assert.deepEqual(unhandled, []);
  });

  test(`${kind}: whatever is thrown in whichever wait, the run goes on or fails with a type, and the next one works`, async () => {
    const all = await places(stream);
    await onEachStore(async (session, where) => {
      for (const [index, place] of all.entries()) {
        if (where === 'file' && (stream || index % FILE_STEP !== 0)) continue;
        const chosen = [hostileThrows[index % hostileThrows.length], hostileThrows.at(-1)] as Thrown[];
        for (const [thrown] of stream ? chosen.slice(index % 2, (index % 2) + 1) : chosen) {
          let passed = 0;
          const pass = () => {
            if (passed++ === index) throw thrown();
          };
          const outcome = await soon(play(session, stream, pass)).then(
            ({ finalOutput }) => finalOutput,
            (error) => {
              // Not inspected: its cause throws when it is looked at.
              assert.ok(error instanceof AgentsError, place);
              assert.notEqual(error.code, 'internal', `${place}: ${error.message}`);
              return error.code;
            },
          );
          if (/onTool|^tool$/.test(place)) assert.deepEqual(outcome, { answer: 1 }, place);
          await checkGoesOn(session);
        }
      }
    });
    await tick();
    assert.deepEqual(unhandled, []);
  });
}

test('a run that is cancelled in each of its waits ends for its reader too', async () => {
  const all = await places(true);
  await using session = new MemorySession();
  for (const mode of ['immediate', 'after_turn'] as const) {
    for (const [index, place] of all.entries()) {
      if (mode === 'after_turn' && index % 3 !== 0) continue;
      let streamed: StreamedRun | undefined;
      let passed = 0;
      const pass = async () => {
        if (passed++ !== index) return;
        while (!streamed) await tick();
        await streamed.cancel({ mode });
      };
      const { agent, input, options } = everything(session, pass);
      streamed = (await run(agent, input, { ...options, stream: true })) as unknown as StreamedRun;
      const read = async () => {
        for await (const event of streamed as StreamedRun) assert.ok(event.type);
      };
      const ended = await soon(Promise.allSettled([read(), streamed.completed]));
      const [reader, completed] = ended.map((one) => (one.status === 'rejected' ? one.reason.code : 'complete'));
      assert.equal(reader, completed, place);
      if (mode === 'immediate') assert.equal(completed, 'aborted', place);
      await checkGoesOn(session);
    }
  }
});
