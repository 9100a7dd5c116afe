import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type RunContext, run, type StreamedRun, type ToolCallDetails, tool } from 'agents-wasm';

import { checkGoesOn, failureOf, onEachStore, oneCall, SECRET, soon } from '../support/faulty-runs.ts';
import { checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();

const outputsIn = (items: { type?: unknown; output?: unknown }[]) =>
  items.filter(({ type }) => type === 'function_call_output').map(({ output }) => output);

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
