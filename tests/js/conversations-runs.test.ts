import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, OpenAIConversationsSession, Runner, run, tool } from 'agents-wasm';
import type { OnDisconnect, Turn } from 'agents-wasm/testing';

import { checkLeaks } from '../support/local-api.ts';
import { checkAgreed, LOCKED, onServer, show, type Troubled } from '../support/server-conversations.ts';

checkLeaks();

const CALL: Turn = { calls: [{ name: 'pay', callId: 'c1' }] };
const CALLS: Turn = { calls: [1, 2].map((id) => ({ name: 'pay', callId: `c${id}` })) };

const payAgent = (execute: (...args: never[]) => unknown = () => 'paid', more: object = {}) =>
  new Agent({ name: 'cashier', tools: [tool({ name: 'pay', ...more, execute: execute as () => unknown })] });
const plain = new Agent({ name: 'plain' });

/** What each request to a model brought along. */
function inputs({ server }: Troubled): string[][] {
  const asked = server.requests.filter(({ method, path }) => method === 'POST' && path === '/v1/responses');
  return asked.map(({ body }) => show(body.input as Item[]));
}

const posts = (place: Troubled) => place.requests().filter((one) => one === 'POST /responses').length;

test('a run sends only what is new, and the server keeps the history', async () => {
  for (const stream of [false, true]) {
    await using place = onServer([CALLS, 'Thanks.', 'Bye.']);
    const options = { session: place.session, conversationId: 'c' };
    const agent = payAgent();
    const first = stream ? await run(agent, 'buy', { ...options, stream }) : await run(agent, 'buy', options);
    if ('completed' in first) await first.completed;
    const { finalOutput } = await run(agent, 'bye', options);
    assert.equal(finalOutput, 'Bye.');
    assert.deepEqual(inputs(place), [['user: buy'], ['c1 = paid', 'c2 = paid'], ['user: bye']]);
    const id = await place.session.serverConversationId('c');
    assert.deepEqual(place.requests(), ['POST /conversations', ...Array(3).fill('POST /responses')]);
    for (const { body } of place.server.requests.slice(1)) assert.equal(body.conversation, id);
    await checkAgreed(place, [
      'user: buy',
      'pay(c1)',
      'pay(c2)',
      'c1 = paid',
      'c2 = paid',
      'assistant: Thanks.',
      'user: bye',
      'assistant: Bye.',
    ]);
  }
});

test('a run that stops at a tool hands its output to the server, fifty of them in three requests', async () => {
  const calls = Array.from({ length: 50 }, (_, index) => ({ name: 'pay', callId: `c${index}` }));
  await using place = onServer([{ calls }, 'on']);
  const agent = payAgent();
  const stopping = new Agent({ name: 'stopping', tools: agent.tools, toolUseBehavior: 'stop_on_first_tool' });
  const options = { session: place.session, conversationId: 'c' };
  assert.equal((await run(stopping, 'buy', options)).finalOutput, 'paid');
  assert.equal(place.requests().filter((one) => one === 'POST /conversations/:id/items').length, 3);
  const ids = calls.map(({ callId }) => callId);
  const whole = ['user: buy', ...ids.map((id) => `pay(${id})`), ...ids.map((id) => `${id} = paid`)];
  await run(plain, 'and?', options);
  await checkAgreed(place, [...whole, 'user: and?', 'assistant: on']);
});

test('what an error handler says enters the history too', async () => {
  await using place = onServer([CALL]);
  const options = { session: place.session, conversationId: 'c', maxTurns: 1 };
  const errorHandlers = { maxTurns: () => ({ finalOutput: 'Enough.', includeInHistory: true }) };
  assert.equal((await run(payAgent(), 'buy', { ...options, errorHandlers })).finalOutput, 'Enough.');
  await checkAgreed(place, ['user: buy', 'pay(c1)', 'c1 = paid', 'assistant: Enough.']);
});

test('a run hands over within the conversation, and the next one goes on with the agent that spoke last', async () => {
  const turns: Turn[] = [{ calls: [{ name: 'transfer_to_expert', callId: 'h1' }] }, 'I know.', 'Still me.'];
  await using place = onServer(turns);
  const expert = new Agent({ name: 'expert' });
  const triage = new Agent({ name: 'triage', handoffs: [expert] });
  const options = { session: place.session, conversationId: 'c', continueWith: 'last-agent' } as const;
  assert.equal((await run(triage, 'help', options)).lastAgent, expert);
  assert.equal((await run(triage, 'more', options)).lastAgent, expert);
  const answer = 'h1 = {"assistant":"expert"}';
  assert.deepEqual(inputs(place), [['user: help'], [answer], ['user: more']]);
  const said = ['assistant: I know.', 'user: more', 'assistant: Still me.'];
  await checkAgreed(place, ['user: help', 'transfer_to_expert(h1)', answer, ...said]);
});

test('without continueWith a run begins with its own agent, whoever spoke last', async () => {
  const turns: Turn[] = [{ calls: [{ name: 'transfer_to_expert', callId: 'h1' }] }, 'I know.', 'Me again.'];
  await using place = onServer(turns);
  const triage = new Agent({ name: 'triage', handoffs: [new Agent({ name: 'expert' })] });
  const options = { session: place.session, conversationId: 'c' };
  await run(triage, 'help', options);
  assert.equal((await run(triage, 'more', options)).lastAgent, triage);
});

test('what a guardrail stops beside the model never reaches the server', async () => {
  await using place = onServer(['Never said.']);
  const guardrail = {
    name: 'no',
    execute: async () => ({ tripwireTriggered: true, outputInfo: {} }),
  };
  const agent = new Agent({ name: 'assistant', inputGuardrails: [guardrail] });
  const stopped = run(agent, 'secret', { session: place.session, conversationId: 'c' });
  await assert.rejects(stopped, { code: 'input_guardrail_tripwire' });
  assert.deepEqual(inputs(place), []);
  assert.deepEqual(await place.session.loadItems('c'), []);
});

test('a run that waits for an approval goes on with the outputs only, from its state or from its journal', async () => {
  for (const way of ['state', 'journal'] as const) {
    await using place = onServer([CALLS, 'Thanks.']);
    const { session } = place;
    const agent = payAgent(() => 'paid', { needsApproval: true });
    const first = await run(agent, 'buy', { session, conversationId: 'c' });
    assert.equal(first.interruptions.length, 2);
    const state = first.toState();
    for (const one of first.interruptions) state.approve(one);
    if (way === 'state') await run(agent, state, { session });
    else await run(agent, state, { session, conversationId: 'c' });
    assert.deepEqual(inputs(place), [['user: buy'], ['c1 = paid', 'c2 = paid']]);
    assert.ok(!place.requests().some((one) => one.startsWith('GET')));
    const all = ['user: buy', 'pay(c1)', 'pay(c2)', 'c1 = paid', 'c2 = paid', 'assistant: Thanks.'];
    await checkAgreed(place, all);
  }
});

test('a stopped run leaves a call on the server, which the next run answers with what its tool had said or "aborted"', async () => {
  await using place = onServer([CALLS, 'Well.']);
  const { session } = place;
  const stop = new AbortController();
  let count = 0;
  const agent = payAgent(async () => {
    if (++count === 1) return 'paid';
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    return new Promise(() => {});
  });
  await assert.rejects(run(agent, 'buy', { session, conversationId: 'c', signal: stop.signal }), { code: 'aborted' });
  assert.deepEqual(
    (await session.openRuns('c')).map(({ state }) => state),
    ['stopped'],
  );
  await run(plain, 'so?', { session, conversationId: 'c' });
  const settled = ['user: buy', 'pay(c1)', 'pay(c2)', 'c1 = paid', 'c2 = aborted'];
  await checkAgreed(place, [...settled, 'user: so?', 'assistant: Well.']);
});

test('a run that died between a response and its outputs is settled by the next one, or taken up again', async () => {
  for (const resumes of [true, false]) {
    await using ids = new MemorySession();
    await using place = onServer([CALL, 'Well.'], { ids });
    // A run whose journal says that it runs, and that nobody runs any more.
    const dead = new AbortController();
    const agent = payAgent(() => {
      dead.abort();
      return new Promise(() => {});
    });
    const options = { session: place.session, conversationId: 'c' };
    await assert.rejects(run(agent, 'buy', { ...options, signal: dead.signal }));
    const next = payAgent(() => 'paid again');
    if (resumes) await Runner.resume(next, options);
    else await run(next, 'so?', options);
    const outcome = resumes ? /^c1 = Outcome unknown/ : /^c1 = aborted$/;
    const items = show(await place.session.loadItems('c'));
    assert.match(items[2] as string, outcome);
    const rest = resumes ? ['assistant: Well.'] : ['user: so?', 'assistant: Well.'];
    await checkAgreed(place, ['user: buy', 'pay(c1)', items[2] as string, ...rest]);
  }
});

test('a stream that is cut leaves nothing double, whatever the server makes of it', async () => {
  const cuts: [OnDisconnect, string[]][] = [
    // The server made the call, and the conversation got nothing of it.
    ['finish', ['user: again', 'assistant: Well.']],
    ['append', ['user: buy', 'pay(c1)', 'c1 = aborted', 'user: again', 'assistant: Well.']],
    ['drop', ['user: again', 'assistant: Well.']],
  ];
  for (const [onDisconnect, expected] of cuts) {
    const turns: Turn[] = onDisconnect === 'drop' ? [CALL, 'Well.'] : [CALL, 'Well.'];
    await using place = onServer(turns, { server: { onDisconnect } });
    const options = { session: place.session, conversationId: 'c' };
    place.server.failNext({});
    place.server.failNext({ cutAfter: 3 });
    const streamed = await run(payAgent(), 'buy', { ...options, stream: true });
    await assert.rejects(streamed.completed, { code: 'api_connection' });
    await run(plain, 'again', options);
    assert.deepEqual(show(await place.session.loadItems('c')), expected, onDisconnect);
    await checkAgreed(place, expected);
  }
});

test('a cut stream is taken up with what the server said meanwhile, or asked again', async () => {
  for (const onDisconnect of ['finish', 'append', 'drop'] as const) {
    const turns: Turn[] = [CALL, ...(onDisconnect === 'append' ? [] : [CALL]), 'Thanks.'];
    await using place = onServer(turns, { server: { onDisconnect } });
    const options = { session: place.session, conversationId: 'c' };
    place.server.failNext({});
    place.server.failNext({ cutAfter: 3 });
    const streamed = await run(payAgent(), 'buy', { ...options, stream: true });
    await assert.rejects(streamed.completed, { code: 'api_connection' });
    assert.equal((await Runner.resume(payAgent(), options)).finalOutput, 'Thanks.');
    await checkAgreed(place, ['user: buy', 'pay(c1)', 'c1 = paid', 'assistant: Thanks.']);
  }
});

test('a stream that is cut behind the outputs of tools costs none of them, whatever the server makes of it', async () => {
  for (const onDisconnect of ['finish', 'append', 'drop'] as const) {
    for (const resumes of [true, false]) {
      const turns: Turn[] = [CALL, 'Lost.', ...(onDisconnect === 'append' && resumes ? [] : ['Well.'])];
      await using place = onServer(turns, { server: { onDisconnect } });
      const options = { session: place.session, conversationId: 'c' };
      for (const fault of [{}, {}, { cutAfter: 3 }]) place.server.failNext(fault);
      let paid = 0;
      const agent = payAgent(() => `paid ${++paid}`);
      const streamed = await run(agent, 'buy', { ...options, stream: true });
      await assert.rejects(streamed.completed, { code: 'api_connection' });
      if (resumes) await Runner.resume(agent, options);
      else await run(agent, 'so?', options);
      const lost = onDisconnect === 'append' ? ['assistant: Lost.'] : [];
      const rest = resumes ? (lost[0] ? [] : ['assistant: Well.']) : ['user: so?', 'assistant: Well.'];
      await checkAgreed(place, ['user: buy', 'pay(c1)', 'c1 = paid 1', ...lost, ...rest]);
      assert.equal(paid, 1);
    }
  }
});

test('no request is sent twice when its answer got lost, and the run can be taken up', async () => {
  const all = ['user: buy', 'pay(c1)', 'c1 = paid', 'assistant: Thanks.'];
  for (const lost of [1, 2]) {
    for (const lose of ['request', 'answer'] as const) {
      await using place = onServer([CALL, 'Thanks.']);
      const options = { session: place.session, conversationId: 'c' };
      const trouble = { on: 'POST /responses', lose };
      const first = { on: 'POST /responses', before: () => void place.troubles.push(trouble) };
      place.troubles.push(lost === 1 ? trouble : first);
      await assert.rejects(run(payAgent(), 'buy', options), { code: 'api_connection' });
      const before = posts(place);
      assert.equal((await Runner.resume(payAgent(), options)).finalOutput, 'Thanks.');
      assert.equal(posts(place), lose === 'answer' ? 2 : before + (lost === 1 ? 2 : 1));
      await checkAgreed(place, all);
    }
  }
});

test('outputs whose answer got lost at the end of a run are looked up, not sent twice', async () => {
  for (const lose of ['request', 'answer'] as const) {
    await using place = onServer([CALL]);
    const agent = new Agent({ name: 'a', tools: payAgent().tools, toolUseBehavior: 'stop_on_first_tool' });
    place.troubles.push({ on: 'POST /conversations/:id/items', lose });
    assert.equal((await run(agent, 'buy', { session: place.session, conversationId: 'c' })).finalOutput, 'paid');
    await checkAgreed(place, ['user: buy', 'pay(c1)', 'c1 = paid']);
  }
});

test('a request is sent again only if it was clearly refused', async () => {
  for (const status of [429, 503]) {
    await using place = onServer(['hi']);
    place.troubles.push({ on: 'POST /responses', status, headers: { 'retry-after-ms': '1' } });
    await run(plain, 'q', { session: place.session, conversationId: 'c' });
    await checkAgreed(place, ['user: q', 'assistant: hi']);
  }
  const refusals = [
    { status: 500 },
    { status: 429, error: { code: 'insufficient_quota' } },
    { status: 408 },
    { status: 500, headers: { 'x-should-retry': 'true' } },
  ];
  for (const refusal of refusals) {
    await using place = onServer(['hi']);
    place.troubles.push({ on: 'POST /responses', ...refusal });
    const options = { session: place.session, conversationId: 'c' };
    await assert.rejects(run(plain, 'q', options), { code: 'api_error', status: refusal.status });
    assert.equal(place.troubles.length, 0);
    await run(plain, 'r', options);
    await checkAgreed(place, ['user: r', 'assistant: hi']);
  }
});

test('a lock is waited out, and not for longer than the run may wait', async () => {
  await using place = onServer(['hi', 'ho']);
  const options = { session: place.session, conversationId: 'c' };
  await run(plain, 'q', options);
  const unlock = place.server.lockConversation((await place.session.serverConversationId('c')) as string);
  const on = 'DELETE /conversations/:id/items/:item';
  place.troubles.push({ on }, { on, before: unlock });
  await run(plain, 'r', options);
  const all = ['user: q', 'assistant: hi', 'user: r', 'assistant: ho'];
  await checkAgreed(place, all);
  place.troubles.push({ on: 'POST /responses', status: 400, error: LOCKED });
  await assert.rejects(run(plain, 's', { ...options, onBusy: 'error' }), { apiCode: 'conversation_locked' });
  const [open] = await place.session.openRuns('c');
  await place.session.discardRun('c', open?.runId as string);
  await checkAgreed(place, all);
});

test('a call that somebody else left open on the server is answered once, and then the request goes through', async () => {
  await using place = onServer(['hi']);
  const { session } = place;
  const left: Item = { type: 'function_call', call_id: 'c9', name: 'f', arguments: '{}' };
  await session.saveItems('c', [{ role: 'user', content: 'x' }, left]);
  await run(plain, 'q', { session, conversationId: 'c' });
  await checkAgreed(place, ['user: x', 'f(c9)', 'c9 = aborted', 'user: q', 'assistant: hi']);
});

test('an open run is ended on the server too', async () => {
  for (const keeps of [true, false]) {
    await using place = onServer([CALL]);
    const { session, troubles } = place;
    const stop = new AbortController();
    const agent = payAgent(() => {
      stop.abort();
      return new Promise(() => {});
    });
    await assert.rejects(run(agent, 'buy', { session, conversationId: 'c', signal: stop.signal }));
    troubles.push({ on: 'POST /responses', status: 500 });
    const end = async () => {
      const [open] = await session.openRuns('c');
      if (keeps) await session.commitRun('c', open?.runId as string);
      else await session.discardRun('c', open?.runId as string);
    };
    await end();
    await checkAgreed(place, ['user: buy', 'pay(c1)', 'c1 = aborted']);
    await assert.rejects(run(plain, 'unheard', { session, conversationId: 'c' }), { status: 500 });
    await end();
    const unheard = keeps ? ['user: unheard'] : [];
    await checkAgreed(place, ['user: buy', 'pay(c1)', 'c1 = aborted', ...unheard]);
    await assert.rejects(session.commitRun('c', 'none'), { code: 'run_superseded' });
  }
});

test('runs of one conversation queue, so that the server never sees two at once', async () => {
  await using place = onServer(['one', 'two', 'three']);
  const options = { session: place.session, conversationId: 'c' };
  await Promise.all(['a', 'b', 'c'].map((input) => run(plain, input, options)));
  assert.equal(posts(place), 3);
  const items = show(await place.session.loadItems('c'));
  assert.deepEqual(
    items.filter((_, index) => index % 2 === 1),
    ['assistant: one', 'assistant: two', 'assistant: three'],
  );
  await checkAgreed(place, items);
});

test('two pages that use a new conversation at once come to share one', async () => {
  await using ids = new MemorySession();
  await using place = onServer(['one', 'two'], { ids });
  const other = new OpenAIConversationsSession({ ids, openai: place.session.openai });
  await Promise.all(
    [place.session, other].map((session, index) => run(plain, `q${index}`, { session, conversationId: 'c' })),
  );
  assert.equal(place.requests().filter((one) => one === 'POST /conversations').length, 1);
  await checkAgreed(place, show(await other.loadItems('c')));
  assert.equal((await other.loadItems('c')).length, 4);
});

test('requests of a conversation begin alike byte for byte, and name it to the cache of prompts', async () => {
  await using place = onServer([CALL, 'Thanks.', 'Bye.']);
  const agent = new Agent({ name: 'cashier', instructions: 'Be kind.', tools: payAgent().tools });
  const options = { session: place.session, conversationId: 'c' };
  await run(agent, 'buy', options);
  await run(agent, 'bye', options);
  const texts = place.server.requests.filter(({ path }) => path === '/v1/responses').map(({ text }) => text);
  const prefixes = texts.map((text) => text.slice(0, text.indexOf('"input"')));
  assert.equal(texts.length, 3);
  assert.equal(new Set(prefixes).size, 1);
  const key = place.server.requests.at(-1)?.body.prompt_cache_key;
  assert.match(key, /^agents-wasm:[0-9a-f]{16}$/);
  await using local = new MemorySession();
  const api = onServer(['a', 'b', 'c']);
  const runConfig = { openai: api.session.openai };
  await run(plain, 'q', { session: local, conversationId: 'c', runConfig });
  await run(plain, 'q', { session: local, conversationId: 'd', runConfig });
  await run(plain, 'q', {
    session: local,
    conversationId: 'c',
    runConfig,
    modelSettings: { prompt_cache_key: 'mine' },
  });
  const keys = api.server.requests.map(({ body }) => body.prompt_cache_key);
  assert.equal(keys[0], key);
  assert.notEqual(keys[1], key);
  assert.equal(keys[2], 'mine');
});

test('a conversation that is deleted under its run ends it', async () => {
  await using place = onServer([CALL, 'never']);
  const { session } = place;
  const agent = payAgent(async () => {
    await session.delete('c');
    return 'paid';
  });
  await assert.rejects(run(agent, 'buy', { session, conversationId: 'c' }), { code: 'run_superseded' });
  assert.deepEqual(await session.loadItems('c'), []);
  assert.deepEqual(await session.openRuns('c'), []);
});

test('traces tell of the session, and those who watch the conversation hear of its runs and what they say', async () => {
  await using place = onServer(['hi']);
  const { session } = place;
  const heard: string[] = [];
  const end = await session.subscribe('c', ({ type }) => void heard.push(type));
  const { trace } = await run(plain, 'q', { session, conversationId: 'c' });
  assert.equal(trace.metadata.session_type, 'OpenAIConversationsSession');
  assert.ok(heard.includes('runs'), String(heard));
  end();
});
