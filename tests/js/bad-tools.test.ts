import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type RunContext, run, type StreamedRun, type ToolCallDetails, tool } from 'agents-wasm';

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

test('a tool may stop its own run by cancel() or by the signal, at once or later, and wait for that or not', async () => {
  await onEachStore(async (session) => {
    for (const when of ['at once', 'later'] as const) {
      for (const how of ['cancel', 'abort', 'cancel after the turn', 'dispose'] as const) {
        const controller = new AbortController();
        let streamed: StreamedRun | undefined;
        const stop = async () => {
          if (how === 'abort') return controller.abort();
          // Who waits for the end of a run inside of it is stopped with it.
          if (how === 'dispose') return (streamed as StreamedRun)[Symbol.asyncDispose]();
          await streamed?.cancel({ mode: how === 'cancel' ? 'immediate' : 'after_turn' });
        };
        const { agent, runConfig } = oneCall(async () => {
          if (when === 'later') await tick(1);
          await stop();
          return 'done';
        });
        const options = { session, conversationId: 'c', runConfig, signal: controller.signal };
        streamed = await run(agent, SECRET, { ...options, stream: true });
        await failureOf(streamed.completed, 'aborted');
        const [open] = await session.openRuns('c');
        assert.equal(open?.state, 'stopped');
        // After the turn its outputs are there.
        const outputs = outputsIn(open?.items as object[]);
        assert.deepEqual(outputs, how === 'cancel after the turn' ? ['done'] : []);
        await checkGoesOn(session);
      }
    }
  });
});

test('a tool may delete or clear its own conversation: the run fails, and the conversation stays empty', async () => {
  await onEachStore(async (session, where) => {
    for (const [index, action] of (['delete', 'clear', 'delete', 'clear'] as const).entries()) {
      const id = `${action} ${index}`;
      const { agent, runConfig } = oneCall(async () => {
        const done = session[action](id);
        if (index < 2) await done;
        return 'done';
      });
      await failureOf(run(agent, SECRET, { session, conversationId: id, runConfig }), 'run_superseded');
      assert.deepEqual(await session.loadItems(id), [], where);
      assert.deepEqual(await session.openRuns(id), []);
      await checkGoesOn(session, id);
    }
  });
});

test('a tool may close the session of its run: a typed failure, and no deadlock', async () => {
  for (const waits of [true, false]) {
    await onEachStore(async (session) => {
      await session.saveItems('c', ['before']);
      const { agent, runConfig } = oneCall(async () => {
        const closed = session.close();
        if (waits) await closed;
        return 'done';
      });
      await failureOf(run(agent, SECRET, { session, conversationId: 'c', runConfig }), 'closed');
    });
  }
});

test('a tool may edit the history of its run, which keeps the edit and its own items', async () => {
  await onEachStore(async (session) => {
    const { agent, runConfig } = oneCall(async () => {
      await session.saveItems('c', ['said by the tool']);
      await session.popItem('c');
      await session.saveItems('c', ['said again']);
      await session.setTitle('c', 'Named by a tool');
      return (await session.loadItems('c')).length;
    });
    await run(agent, SECRET, { session, conversationId: 'c', runConfig });
    const items = await session.loadItems('c');
    assert.equal(items[0]?.content, 'said again');
    assert.equal(items.length, 5);
    await checkGoesOn(session);
  });
});

test('a run inside a tool on the same conversation is refused at once, or when it has waited long enough', async () => {
  await onEachStore(async (session) => {
    const inner = new Agent({ name: 'inner' });
    const { runConfig: innerConfig } = localApi([]);
    for (const more of ['parent', 'no wait', 'short wait', 'resume', 'commit'] as const) {
      let took = 0;
      const { agent, runConfig } = oneCall(async (_args: unknown, parent: RunContext) => {
        const common = { session, conversationId: 'c', runConfig: innerConfig };
        const [open] = await session.openRuns('c');
        const started = performance.now();
        const works = {
          parent: () => run(inner, 'x', { ...common, parent }),
          'no wait': () => run(inner, 'x', { ...common, onBusy: 'error' }),
          'short wait': () => run(inner, 'x', { ...common, busyTimeout: 40 }),
          resume: () => run(inner, 'x', { ...common, busyTimeout: 0, stream: true }).then((one) => one.completed),
          commit: () => session.commitRun('c', open?.runId ?? ''),
        };
        const error = await failureOf(works[more](), 'conversation_busy');
        took = performance.now() - started;
        return error.name;
      });
      const options = { session, conversationId: 'c', runConfig };
      const { newItems } = await run(agent, SECRET, options);
      assert.equal(newItems[1]?.rawItem.output, 'ConversationBusyError');
      assert.ok(more === 'short wait' ? took >= 35 : took < 5000, `${more} took ${took} ms`);
      await checkGoesOn(session);
    }
  });
});

test('a run inside a tool that waits for the conversation of its own run ends with it', async () => {
  await onEachStore(async (session) => {
    const controller = new AbortController();
    let innerEnd: Promise<unknown> | undefined;
    const { agent, runConfig } = oneCall((_args: unknown, _context: unknown, { signal }: ToolCallDetails) => {
      // Without `parent` it cannot be known that it waits for itself.
      const options = { session, conversationId: 'c', signal, ...localApi(['never']) };
      innerEnd = failureOf(run(new Agent({ name: 'inner' }), 'x', options), 'aborted');
      setTimeout(() => controller.abort(), 10);
      return innerEnd;
    });
    const working = run(agent, SECRET, { session, conversationId: 'c', runConfig, signal: controller.signal });
    await failureOf(working, 'aborted');
    await soon(innerEnd);
    await checkGoesOn(session);
  });
});

test('an agent that is a tool, told to write the conversation of the run around it, is refused at once', async () => {
  await onEachStore(async (session) => {
    const runOptions = { session, conversationId: 'c' };
    const ask = new Agent({ name: 'inner' }).asTool({ toolName: 'act', runOptions });
    const { runConfig } = localApi([{ calls: [{ name: 'act', arguments: { input: 'x' } }] }, 'done']);
    const outer = new Agent({ name: 'outer', tools: [ask] });
    const { newItems } = await soon(run(outer, SECRET, { session, conversationId: 'c', runConfig }));
    assert.match(newItems[1]?.rawItem.output as string, /holds the conversation/);
    await checkGoesOn(session);
  });
});

test('runs in tools of runs in tools write conversations of their own', async () => {
  await onEachStore(async (session) => {
    const levels = 5;
    const nest = tool({
      name: 'nest',
      execute: async ({ level }: { level: number }, parent) => (level === 0 ? 'bottom' : runAt(level, parent)),
    });
    const agent = new Agent({ name: 'a', tools: [nest] });
    const runAt = async (level: number, parent?: RunContext): Promise<string> => {
      const { runConfig } = localApi([
        { calls: [{ name: 'nest', arguments: { level: level - 1 } }] },
        `level ${level}`,
      ]);
      const options = { session, conversationId: `level ${level}`, runConfig, ...(parent && { parent }) };
      const { finalOutput, usage } = await run(agent, 'go', options);
      assert.equal(usage.requests, 2 * level);
      return finalOutput;
    };
    assert.equal(await soon(runAt(levels)), `level ${levels}`);
    for (let level = 1; level <= levels; level++) await checkGoesOn(session, `level ${level}`);
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
