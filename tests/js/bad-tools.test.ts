import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, run, type ToolCallDetails, tool } from 'agents-wasm';

import { checkGoesOn, checkWhole, failureOf, onEachStore, oneCall, SECRET, soon } from '../support/faulty-runs.ts';
import { FAILED, hostileThrows, hostileValues, thenable } from '../support/hostile-values.ts';
import { checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();

const outputsIn = (items: { type?: unknown; output?: unknown }[]) =>
  items.filter(({ type }) => type === 'function_call_output').map(({ output }) => output);

/** Runs one tool for each case, all in one response, and gives what the model is told. */
async function told(cases: (() => unknown)[]): Promise<string[]> {
  let outputs: unknown[] = [];
  const act = tool({ name: 'act', execute: ({ index }) => cases[index]?.() });
  const calls = cases.map((_, index) => ({ name: 'act', arguments: { index } }));
  await onEachStore(async (session) => {
    const agent = new Agent({ name: 'a', tools: [act] });
    const options = { session, conversationId: 'c', ...localApi([{ calls }, 'done']) };
    const { finalOutput } = await soon(run(agent, SECRET, options));
    assert.equal(finalOutput, 'done');
    outputs = outputsIn(await session.loadItems('c'));
    assert.equal(outputs.length, cases.length);
    await checkGoesOn(session);
  });
  return outputs as string[];
}

test('a tool may throw and reject with anything: the model is told in words, and the run goes on', async () => {
  const throwing = hostileThrows.map(([value]) => () => {
    throw value();
  });
  const rejecting = hostileThrows.map(
    ([value]) =>
      () =>
        Promise.reject(value()),
  );
  const expected = hostileThrows.map(([, words]) => FAILED + words);
  assert.deepEqual(await told([...throwing, ...rejecting]), [...expected, ...expected]);
});

test('a tool may return anything: what JSON cannot hold is a failure that the model is told of', async () => {
  const outputs = await told(hostileValues.map(([value]) => value));
  hostileValues.forEach(([, expected], index) => {
    const output = outputs[index] as string;
    if (expected instanceof RegExp) assert.match(output, expected, `value ${index}`);
    else assert.equal(output, expected, `value ${index}`);
  });
});

test('5 MB that a tool returns, or throws, are stored and sent whole', async () => {
  const text = 'ä"\n'.repeat(1_300_000);
  const throws = () => {
    throw new Error(text);
  };
  const [returned, thrown] = await told([() => text, throws]);
  assert.ok(returned === text && thrown === FAILED + text);
});

test('a tool that never settles is told to stop when its run is, and nothing waits for it', async () => {
  await onEachStore(async (session) => {
    for (const stream of [false, true]) {
      const controller = new AbortController();
      let details: ToolCallDetails | undefined;
      const { agent, runConfig } = oneCall((_args: unknown, _context: unknown, given: ToolCallDetails) => {
        details = given;
        setTimeout(() => controller.abort('enough'));
        return new Promise(() => {});
      });
      const options = { session, conversationId: 'c', runConfig, signal: controller.signal };
      const working = stream
        ? run(agent, SECRET, { ...options, stream: true }).then((one) => one.completed)
        : run(agent, SECRET, options);
      assert.equal((await failureOf(working, 'aborted')).cause, 'enough');
      await tick();
      assert.equal(details?.signal.aborted, true);
      assert.equal((await session.openRuns('c'))[0]?.state, 'stopped');
      await checkGoesOn(session);
    }
  });
});

test('a tool that settles twice, or after its run was stopped, changes nothing', async () => {
  await onEachStore(async (session) => {
    let late: ((value: unknown) => void)[] = [];
    const settles = (resolve: (value: string) => void) => [1, 2, 3].forEach((n) => void resolve(`${n}`));
    const twice = oneCall(() => thenable(settles));
    await run(twice.agent, SECRET, { session, conversationId: 'c', runConfig: twice.runConfig });
    assert.deepEqual(outputsIn(await session.loadItems('c')), ['1']);

    const controller = new AbortController();
    const { agent, runConfig } = oneCall(() => {
      setTimeout(() => controller.abort());
      return new Promise((resolve, reject) => {
        late = [resolve, reject];
      });
    });
    await failureOf(run(agent, SECRET, { session, conversationId: 'c', runConfig, signal: controller.signal }));
    const before = await session.openRuns('c');
    for (const settle of late) settle('too late');
    await tick(2);
    assert.deepEqual(await session.openRuns('c'), before);
    await checkGoesOn(session);
    assert.ok(!JSON.stringify(await session.loadItems('c')).includes('too late'));
  });
});

test('1,000 calls in one response are made at the same time, and answered in their order', async () => {
  await onEachStore(async (session, where) => {
    // A file takes each output by itself, which takes its time.
    const count = where === 'file' ? 200 : 1000;
    let working = 0;
    let most = 0;
    const act = tool({
      name: 'act',
      execute: async ({ index }: { index: number }) => {
        most = Math.max(most, ++working);
        await tick((index * 7) % 13);
        working--;
        return `output ${index}`;
      },
    });
    const agent = new Agent({ name: 'a', tools: [act] });
    const calls = Array.from({ length: count }, (_, index) => ({ name: 'act', arguments: { index } }));
    for (const [limit, id] of [
      [undefined, 'all'],
      [3, 'three'],
      [5000, 'more than there are'],
    ] as const) {
      most = 0;
      const toolExecution = limit === undefined ? {} : { maxFunctionToolConcurrency: limit };
      const runConfig = { ...localApi([{ calls }, 'done']).runConfig, toolExecution };
      const { finalOutput } = await run(agent, 'go', { session, conversationId: id, runConfig });
      assert.equal(finalOutput, 'done');
      const items = await session.loadItems(id);
      assert.deepEqual(
        outputsIn(items),
        calls.map((_, index) => `output ${index}`),
      );
      assert.equal(most, Math.min(count, limit ?? count));
      await checkGoesOn(session, id);
    }
  });
});

test('1,000 calls of which one fails the run, or that are stopped, leave no call open and no tool at work', async () => {
  await onEachStore(async (session, where) => {
    const count = where === 'file' ? 100 : 1000;
    const calls = Array.from({ length: count }, (_, index) => ({ name: 'act', arguments: { index } }));
    for (const limit of [undefined, 3]) {
      for (const how of ['fail', 'stop']) {
        const controller = new AbortController();
        const signals: AbortSignal[] = [];
        const act = tool({
          name: 'act',
          errorFunction: null,
          execute: ({ index }: { index: number }, _, { signal }) => {
            signals.push(signal);
            if (index === 2 && how === 'fail') throw undefined;
            if (index === 2) controller.abort();
            return how === 'fail' || index % 2 === 1 ? 'done' : new Promise(() => {});
          },
        });
        const toolExecution = limit === undefined ? {} : { maxFunctionToolConcurrency: limit };
        const runConfig = { ...localApi([{ calls }]).runConfig, toolExecution };
        const options = { session, conversationId: 'c', runConfig, signal: controller.signal };
        const code = how === 'fail' ? 'tool_call_error' : 'aborted';
        await failureOf(run(new Agent({ name: 'a', tools: [act] }), 'go', options), code);
        await tick(2);
        if (how === 'stop') assert.deepEqual([signals.length, signals[0]?.aborted], [limit ?? count, true]);
        await checkGoesOn(session);
      }
    }
  });
});

test('what a tool does to its arguments, context and details changes nothing for the others', async () => {
  await onEachStore(async (session) => {
    const greedy = (args: Record<string, unknown>, context: object, details: ToolCallDetails) => {
      args.added = true;
      for (const one of [context, details, details.toolCall]) {
        for (const name of Object.keys(one)) Reflect.deleteProperty(one, name);
      }
      return args;
    };
    const { agent, runConfig } = oneCall(greedy, [{ calls: [{ name: 'act' }] }, 'done']);
    const { newItems } = await run(agent, SECRET, { session, conversationId: 'c', runConfig, context: { mine: 1 } });
    const outputs = newItems.map(({ rawItem }) => rawItem).filter(({ type }) => type === 'function_call_output');
    assert.deepEqual(
      outputs.map(({ output }) => output),
      ['{"added":true}', '{"added":true}'],
    );
    await checkWhole(session, 'c');
    await checkGoesOn(session);
  });
});
