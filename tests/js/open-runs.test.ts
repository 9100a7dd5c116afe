import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type ConversationEvent, MemorySession, Runner, run, type SessionABC, tool } from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { answeredBy, checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();

const DOWN: Turn = { failed: { message: 'down' } };
const CALL: Turn = { calls: [{ name: 'pay', callId: 'c1', arguments: { euros: 5 } }] };

function payAgent(pay: () => unknown, idempotent = false): Agent {
  return new Agent({ name: 'cashier', tools: [tool({ name: 'pay', idempotent, execute: pay })] });
}

/** Each item in short: `user: hi`, `pay(c1)`, `c1 = paid`. */
function show(items: Awaited<ReturnType<SessionABC['loadItems']>>): string[] {
  return items.map((item) => {
    if (item.type === 'function_call') return `${item.name}(${item.call_id})`;
    if (item.type === 'function_call_output') return `${item.call_id} = ${item.output}`;
    const said = typeof item.content === 'string' ? item.content : item.content[0].text;
    return `${item.role}: ${said}`;
  });
}

const stored = async (session: MemorySession) => show(await session.loadItems('c'));

test('a run that fails behind a tool stays open with all that it has got, and is taken up where it broke off', async () => {
  await using session = new MemorySession();
  let paid = 0;
  const agent = payAgent(() => `paid ${++paid}`);
  const { server, runConfig } = localApi([CALL, DOWN, 'Thank you.']);
  const place = { session, conversationId: 'c', runConfig };
  await assert.rejects(run(agent, 'buy', place), { code: 'model_failed' });
  assert.deepEqual(await stored(session), []);

  const [open, ...others] = await session.openRuns('c');
  assert.deepEqual(others, []);
  assert.deepEqual([open?.state, open?.errorCode, open?.agent], ['failed', 'model_failed', { name: 'cashier' }]);
  assert.deepEqual(show(open?.items ?? []), ['user: buy', 'pay(c1)', 'c1 = paid 1']);
  assert.deepEqual(
    open?.items.map(({ turn, agent }) => [turn, agent?.name]),
    [
      [0, undefined],
      [1, 'cashier'],
      [1, 'cashier'],
    ],
  );
  assert.ok(open && Date.now() - open.startedAt.getTime() < 60_000);

  const { finalOutput, runId, newItems } = await Runner.resume(agent, place);
  assert.deepEqual([finalOutput, runId, paid, newItems.length], ['Thank you.', open.runId, 1, 3]);
  assert.deepEqual(show(server.requests[2]?.body.input), ['user: buy', 'pay(c1)', 'c1 = paid 1']);
  assert.deepEqual(await stored(session), ['user: buy', 'pay(c1)', 'c1 = paid 1', 'assistant: Thank you.']);
  assert.deepEqual(await session.openRuns('c'), []);
});

test('a retry of a run that failed before any tool does not double what the user said', async () => {
  await using session = new MemorySession();
  const { runConfig } = localApi([DOWN, 'Hello.']);
  const place = { session, conversationId: 'c', runConfig };
  await assert.rejects(
    run(
      payAgent(() => ''),
      'hi',
      place,
    ),
  );
  const [open] = await session.openRuns('c');
  await run(
    payAgent(() => ''),
    'hi',
    place,
  );
  assert.deepEqual(await stored(session), ['user: hi', 'assistant: Hello.']);
  const resumed = Runner.resume(
    payAgent(() => ''),
    { ...place, runId: open!.runId },
  );
  await assert.rejects(resumed, { name: 'SessionError', code: 'run_superseded' });
  await assert.rejects(
    Runner.resume(
      payAgent(() => ''),
      place,
    ),
    { name: 'SessionError', code: 'not_found' },
  );
});

test('a run that was stopped while its tool worked answers "outcome unknown", unless the tool may be called again', async () => {
  for (const idempotent of [false, true]) {
    await using session = new MemorySession();
    let calls = 0;
    const stop = new AbortController();
    const agent = payAgent(async () => {
      calls++;
      if (calls > 1) return 'paid';
      stop.abort();
      return new Promise(() => {});
    }, idempotent);
    const { runConfig } = localApi([CALL, 'Done.']);
    const place = { session, conversationId: 'c', runConfig };
    await assert.rejects(run(agent, 'buy', { ...place, signal: stop.signal }), { name: 'AbortError' });
    assert.equal((await session.openRuns('c'))[0]?.state, 'stopped');
    await new Runner().resume(agent, place);
    const [, , output] = await stored(session);
    if (idempotent) assert.equal(output, 'c1 = paid');
    else assert.match(output!, /^c1 = Outcome unknown: /);
    assert.equal(calls, idempotent ? 2 : 1);
  }
});

test('an open run becomes part of the history, or is forgotten, as the caller says', async () => {
  for (const commits of [true, false]) {
    await using session = new MemorySession();
    const stop = new AbortController();
    const agent = payAgent(() => {
      stop.abort();
      return new Promise(() => {});
    });
    const { runConfig } = localApi([CALL]);
    await assert.rejects(run(agent, 'buy', { session, conversationId: 'c', runConfig, signal: stop.signal }));
    const [open] = await session.openRuns('c');
    await session[commits ? 'commitRun' : 'discardRun']('c', open!.runId);
    assert.deepEqual(await stored(session), commits ? ['user: buy', 'pay(c1)', 'c1 = aborted'] : []);
    assert.deepEqual(await session.openRuns('c'), []);
    await assert.rejects(session.commitRun('c', open!.runId), { code: 'run_superseded' });
  }
});

test('a new run makes a stopped one part of the history when its tools had started, and tells the model', async () => {
  await using session = new MemorySession();
  const stop = new AbortController();
  const agent = payAgent(() => {
    stop.abort();
    return new Promise(() => {});
  });
  const { server, runConfig } = localApi([CALL, 'I see.']);
  const place = { session, conversationId: 'c', runConfig };
  await assert.rejects(run(agent, 'buy', { ...place, signal: stop.signal }));
  await run(agent, 'what now?', place);
  const before = ['user: buy', 'pay(c1)', 'c1 = aborted', 'user: what now?'];
  assert.deepEqual(show(server.requests[1]?.body.input), before);
  assert.deepEqual(await stored(session), [...before, 'assistant: I see.']);
});

test('runs on one conversation wait for each other, and those of others do not', async () => {
  await using session = new MemorySession();
  const log: string[] = [];
  let letGo: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow: Turn = async () => {
    await held;
    return 'one';
  };
  const agent = new Agent({ name: 'a' });
  const first = run(agent, '1', { session, conversationId: 'c', runConfig: localApi([slow]).runConfig });
  const second = run(agent, '2', { session, conversationId: 'c', runConfig: localApi(['two']).runConfig });
  const impatient = { session, conversationId: 'c', runConfig: localApi([]).runConfig };
  const busy = { name: 'ConversationBusyError', code: 'conversation_busy' };
  await assert.rejects(run(agent, '3', { ...impatient, onBusy: 'error' }), busy);
  await assert.rejects(run(agent, '3', { ...impatient, busyTimeout: 5 }), busy);
  void second.then(() => log.push('second'));
  await run(agent, 'elsewhere', { session, conversationId: 'd', runConfig: localApi(['hi']).runConfig });
  await session.saveItems('c', ['meanwhile']);
  log.push('others');
  letGo?.();
  await Promise.all([first, second]);
  assert.deepEqual(log, ['others', 'second']);
  assert.deepEqual(await stored(session), [
    'user: meanwhile',
    'user: 1',
    'assistant: one',
    'user: 2',
    'assistant: two',
  ]);
});

test('a run inside a tool cannot wait for the conversation that its own run holds', async () => {
  await using session = new MemorySession();
  const { runConfig } = localApi([{ calls: [{ name: 'ask' }] }, 'other', 'done']);
  const inner = new Agent({ name: 'inner' });
  const codes: unknown[] = [];
  const ask = tool({
    name: 'ask',
    execute: async (_, parent) => {
      const nested = run(inner, 'q', { session, conversationId: 'c', runConfig, parent });
      await nested.catch(({ name, code }) => codes.push(name, code));
      const { finalOutput } = await run(inner, 'q', { session, conversationId: 'd', runConfig, parent });
      return finalOutput;
    },
  });
  const agent = new Agent({ name: 'outer', tools: [ask] });
  assert.equal((await run(agent, 'go', { session, conversationId: 'c', runConfig })).finalOutput, 'done');
  assert.deepEqual(codes, ['ConversationBusyError', 'conversation_busy']);
  const stranger = { context: undefined };
  await assert.rejects(run(inner, 'q', { runConfig, parent: stranger }), {
    code: 'invalid_argument',
    message: "parent must be the context that a run's tool was given, but is an object.",
  });
});

test('a conversation that is deleted or cleared while a run goes on stops the run, and stays so', async () => {
  for (const action of ['delete', 'clear'] as const) {
    await using session = new MemorySession();
    const runConfig = answeredBy(() => new Promise(() => {}));
    const running = run(new Agent({ name: 'a' }), 'hi', { session, conversationId: 'c', runConfig });
    while ((await session.openRuns('c')).length === 0) await tick();
    const ended = assert.rejects(running, { name: 'SessionError', code: 'run_superseded' });
    await session[action]('c');
    await ended;
    assert.deepEqual(await stored(session), []);
    const { conversations } = await session.listConversations();
    assert.equal(conversations.length, action === 'clear' ? 1 : 0);
  }
});

test('a stopped run keeps its partial answer when it is asked to, marked incomplete', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi([{ text: ['Hel', 'lo wor', 'ld'] }]);
  // created, in_progress, item, part, the first piece, and then silence.
  server.failNext({ hangAfter: 5 });
  const streamed = await run(new Agent({ name: 'a' }), 'hi', {
    session,
    conversationId: 'c',
    runConfig,
    stream: true,
    keepPartial: true,
  });
  let text = '';
  for await (const piece of streamed.toTextStream()) {
    text += piece;
    await streamed.cancel();
    break;
  }
  await assert.rejects(streamed.completed, { name: 'AbortError' });
  const items = await session.loadItems('c');
  assert.deepEqual(show(items).slice(0, 1), ['user: hi']);
  assert.equal(items[1]?.status, 'incomplete');
  assert.ok(show(items)[1]?.startsWith(`assistant: ${text}`));
  assert.deepEqual(await session.openRuns('c'), []);
});

test('those who subscribe hear of items, open runs, titles, live text and the end of a conversation', async () => {
  await using session = new MemorySession();
  const events: ConversationEvent[] = [];
  const unsubscribe = await session.subscribe('c', (event) => events.push(event));
  const { runConfig } = localApi([{ text: ['Hel', 'lo'] }]);
  const place = { session, conversationId: 'c', runConfig };
  await (await run(new Agent({ name: 'a' }), 'hi', { ...place, stream: true })).completed;
  await session.setTitle('c', 'Greetings');
  await session.saveItems('d', ['elsewhere']);
  await session.delete('c');
  await tick();
  const kinds = events.map((event) => (event.type === 'text' ? `text ${event.text}` : event.type));
  assert.deepEqual(kinds, ['runs', 'text Hel', 'text lo', 'items', 'description', 'deleted']);
  unsubscribe();
  await session.saveItems('c', ['again']);
  await tick();
  assert.equal(events.length, kinds.length);
  await assert.rejects(session.subscribe('c', 'loudly' as never), {
    code: 'invalid_argument',
    message: 'listener must be a function, but is a string.',
  });
});

test('turn by turn the history grows with the input and each turn, and a failure leaves it there', async () => {
  await using session = new MemorySession();
  const agent = payAgent(() => 'paid');
  const { runConfig } = localApi([CALL, DOWN]);
  const perTurn = { ...runConfig, persistence: 'per-turn' } as const;
  await assert.rejects(run(agent, 'buy', { session, conversationId: 'c', runConfig: perTurn }));
  assert.deepEqual(await stored(session), ['user: buy', 'pay(c1)', 'c1 = paid']);
  assert.deepEqual(await session.openRuns('c'), []);
  const wrong = run(agent, 'buy', { runConfig: { persistence: 'sometimes' as never } });
  await assert.rejects(wrong, { message: "persistence must be 'run' or 'per-turn', but is a string." });
});

test('what has no journal cannot be resumed, and says so', async () => {
  const custom = { loadItems: () => [], saveItems: () => {} };
  const agent = new Agent({ name: 'a' });
  await assert.rejects(Runner.resume(agent, { session: custom, conversationId: 'c' }), { code: 'user_error' });
  await assert.rejects(Runner.resume(agent, undefined as never), {
    message: 'options must be an object with session and conversationId, but is undefined.',
  });
  await using session = new MemorySession();
  await assert.rejects(Runner.resume(agent, { session, conversationId: 7 as never }), { code: 'invalid_argument' });
  await assert.rejects(Runner.resume(agent, { session, conversationId: 'c', runId: 7 as never }), {
    message: 'runId must be a string, but is a number.',
  });
});
