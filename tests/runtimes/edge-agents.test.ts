import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { allOf, EdgeWorld, eventsOf, textOf } from '../support/edge-agents.ts';

// Conversations in Durable Objects, in real workerd; the model and what the tools ask are in this process.

const WEATHER = 'What is the weather in Oslo? Use get_weather.';
const world = new EdgeWorld();
before(() => world.open());
after(() => world.close());

const run = (conversation: string, body: object, options: object = {}) =>
  world.ask('POST', `/api/conversations/${conversation}/runs`, { body, ...options });
const said = (conversation: string, input: string, options: object = {}) =>
  world.events('POST', `/api/conversations/${conversation}/runs`, { body: { input }, ...options });
const itemsOf = async (conversation: string, options: object = {}) =>
  (await world.json('GET', `/api/conversations/${conversation}/items`, options)).items.map(({ item }: any) => item);

test('objects that wake up at once in one cold worker do not hold each other up', async () => {
  const users = Array.from({ length: 12 }, (_, index) => `cold-${index}`);
  const ends = await Promise.all(
    users.map(async (user) => (await said('first', `My name is ${user}`, { user })).at(-1)!.data.status),
  );
  assert.deepEqual(
    ends,
    users.map(() => 'completed'),
  );
});

test('a message is answered event by event, and remembered', async () => {
  const events = await said('hello', "Hello, I'm John");
  assert.deepEqual(
    events.map(({ n }) => n),
    events.map((_, index) => index + 1),
  );
  const { data: begin } = events[0]!;
  assert.deepEqual([begin.conversation, begin.agent, begin.input], ['hello', 'assistant', "Hello, I'm John"]);
  const { type, data: end } = events.at(-1)!;
  assert.deepEqual([type, end.status, end.usage.requests], ['end', 'completed', 1]);
  assert.match(textOf(await said('hello', "What's my name?")), /John/);
  assert.equal((await itemsOf('hello')).length, 4);
});

test('a conversation without an id gets one', async () => {
  const [first] = await world.events('POST', '/api/conversations', { body: { input: 'Hello' }, user: 'newcomer' });
  const { conversations } = await world.json('GET', '/api/conversations', { user: 'newcomer' });
  assert.deepEqual(
    conversations.map(({ id }: any) => id),
    [first!.data.conversation],
  );
});

test('histories are listed, titled, read page by page, and deleted', async () => {
  const user = 'librarian';
  for (const conversation of ['one', 'two']) await said(conversation, `I like ${conversation}`, { user });
  assert.equal((await world.ask('PATCH', '/api/conversations/one', { user, body: { title: 'First' } })).status, 204);
  const { conversations, next } = await world.json('GET', '/api/conversations?limit=1', { user });
  assert.deepEqual([conversations[0].id, conversations[0].title], ['one', 'First']);
  const rest = await world.json('GET', `/api/conversations?limit=1&after=${encodeURIComponent(next)}`, { user });
  assert.deepEqual([rest.conversations[0].id, rest.next], ['two', undefined]);

  const page = await world.json('GET', '/api/conversations/one/items?limit=1', { user });
  assert.deepEqual(
    [page.items[0].agent, page.items[0].item.role, page.run.status],
    ['assistant', 'assistant', 'completed'],
  );
  const older = await world.json(
    'GET',
    `/api/conversations/one/items?limit=1&before=${encodeURIComponent(page.older)}`,
    { user },
  );
  assert.equal(older.items[0].item.content, 'I like one');

  assert.equal((await world.ask('DELETE', '/api/conversations/one', { user })).status, 204);
  assert.deepEqual(await itemsOf('one', { user }), []);
  assert.equal((await world.json('PATCH', '/api/conversations/one', { user, body: { title: 'Gone' } })).http, 404);
});

test('what was said is found', async () => {
  const user = 'seeker';
  await said('trip', 'When does the Musée d’Orsay open?', { user });
  const { hits } = await world.json('GET', `/api/search?q=${encodeURIComponent('musee')}`, { user });
  assert.deepEqual(hits.map(({ conversationId, role }: any) => [conversationId, role]).at(-1), ['trip', 'user']);
  assert.equal((await world.json('GET', '/api/search', { user })).error.code, 'missing_required_parameter');
});

test('a client that goes away stops nothing, and gets what it missed when it comes back', async () => {
  const answer = await run('leaver', { run: 'left', input: WEATHER });
  const events = eventsOf(answer);
  const { value: first } = await events.next();
  const work = await world.working();
  await events.return();
  work.answer('Rainy.');

  const missed = await world.events('GET', `/api/conversations/leaver/runs/left/events?after=${first!.n}`);
  assert.equal(missed[0]!.n, first!.n + 1);
  assert.match(textOf(missed), /Rainy/);
  assert.equal(missed.at(-1)!.data.status, 'completed');

  const last = missed.at(-1)!.n;
  const headers = { 'last-event-id': String(last - 2) };
  assert.equal((await world.events('GET', '/api/conversations/leaver/runs/left/events', { headers })).length, 2);
  // A browser's EventSource then gives up.
  assert.equal((await world.ask('GET', `/api/conversations/leaver/runs/left/events?after=${last}`)).status, 204);
});

test('two clients follow one run, each from where it likes', async () => {
  const mine = allOf(await run('shared', { run: 'both', input: WEATHER }));
  const work = await world.working();
  const yours = world.events('GET', '/api/conversations/shared/runs/both/events');
  work.answer('Windy.');
  assert.deepEqual(await yours, await mine);
});

test('a second run of a conversation is refused while one is under way, or waits for it', async () => {
  const first = run('busy', { run: 'first', input: WEATHER });
  const work = await world.working();
  const refused = await world.json('POST', '/api/conversations/busy/runs', { body: { input: 'Me too' } });
  assert.deepEqual([refused.http, refused.error.code], [409, 'conversation_busy']);
  const { run: active } = await world.json('GET', '/api/conversations/busy/items');
  assert.deepEqual(active, { id: 'first', status: 'running' });

  const waiting = run('busy', { run: 'second', input: "What's my name?", onBusy: 'wait' });
  const third = run(
    'busy',
    { run: 'third', input: 'Hello', onBusy: 'wait' },
    { headers: { accept: 'application/json' } },
  );
  assert.equal((await third).status, 202);
  const full = await world.json('POST', '/api/conversations/busy/runs', { body: { input: 'Hi', onBusy: 'wait' } });
  assert.deepEqual([full.http, full.error.code], [409, 'queue_full']);
  // One that waits is not said.
  const stopped = await world.json('POST', '/api/conversations/busy/runs/third/cancel');
  assert.deepEqual([stopped.http, stopped.status], [200, 'stopped']);

  work.answer('Sunny.');
  await allOf(await first);
  const events = await allOf(await waiting);
  assert.equal(events.at(-1)!.data.status, 'completed');
  const words = (await itemsOf('busy')).filter(({ role }: any) => role === 'user').map(({ content }: any) => content);
  assert.deepEqual(words, [WEATHER, "What's my name?"]);
});

test('a message that is sent twice under one id is said once', async () => {
  const body = { run: 'twice', input: 'Only once' };
  const first = await allOf(await run('retry', body));
  assert.deepEqual(await allOf(await run('retry', body)), first);
  assert.equal((await itemsOf('retry')).length, 2);
  const elsewhere = await world.json('POST', '/api/conversations/other/runs', { body });
  assert.deepEqual([elsewhere.http, elsewhere.error.code], [409, 'run_exists']);
});

test('a run is stopped, and resumed', async () => {
  const following = allOf(await run('stopper', { run: 'stop', input: WEATHER }));
  await world.working();
  const { status: stopped } = await world.json('POST', '/api/conversations/stopper/runs/stop/cancel');
  assert.equal(stopped, 'stopped');
  assert.equal((await following).at(-1)!.data.status, 'stopped');
  assert.deepEqual(await itemsOf('stopper'), []);

  const events = await world.events('POST', '/api/conversations/stopper/runs/stop/resume');
  assert.ok(events[0]!.n > (await following).at(-1)!.n);
  assert.equal(events.at(-1)!.data.status, 'completed');
  assert.equal((await itemsOf('stopper')).length, 4);
  const again = await world.json('POST', '/api/conversations/stopper/runs/stop/resume');
  assert.deepEqual([again.http, again.error.code], [409, 'not_resumable']);
});

test('a run that is in the history as far as it came is not said again, and takes over no later one', async () => {
  const path = '/kept/conversations/kept/runs';
  const following = world.events('POST', path, { body: { run: 'first', input: WEATHER } });
  await world.working();
  await world.ask('POST', `${path}/first/cancel`);
  assert.equal((await following).at(-1)!.data.status, 'stopped');
  const stored = async () => (await world.json('GET', '/kept/conversations/kept/items')).items.length;
  const count = await stored();
  assert.ok(count > 0);

  world.model.failNext({ status: 400, error: { message: 'No.' } });
  await world.events('POST', path, { body: { run: 'second', input: 'Hello' } });
  const refused = await world.json('POST', `${path}/first/resume`);
  assert.deepEqual([refused.http, refused.error.code], [409, 'run_superseded']);
  assert.equal(await stored(), count);
  await world.events('POST', `${path}/second/resume`);
  assert.equal(await stored(), count + 2);
});

test('what a newer run settled can be neither approved nor resumed any more', async () => {
  const asked = await said('settled', 'Use book_trip for Rome');
  const [first] = asked.at(-1)!.data.interruptions;
  await said('settled', "Hello, I'm John");
  const { length } = await itemsOf('settled');
  const path = `/api/conversations/settled/runs/${asked[0]!.data.run}/approvals`;
  const refused = await world.json('POST', path, { body: { approve: [first.callId] } });
  assert.deepEqual([refused.http, refused.error.code], [409, 'run_superseded']);
  assert.equal((await itemsOf('settled')).length, length);
});

test('a first message that is sent again under its name finds its conversation', async () => {
  const body = { run: 'lost-answer', input: 'Hello' };
  const first = await world.events('POST', '/api/conversations', { body });
  const again = await world.events('POST', '/api/conversations', { body });
  assert.equal(again[0]!.data.conversation, first[0]!.data.conversation);
  assert.equal((await itemsOf(first[0]!.data.conversation)).length, 2);
});

test('a call that needs an approval waits for it, and is made once', async () => {
  const events = await said('trip', 'Use book_trip for Rome');
  const { status, interruptions } = events.at(-1)!.data;
  assert.equal(status, 'awaiting_approval');
  assert.equal(interruptions[0].name, 'book_trip');
  const path = `/api/conversations/trip/runs/${events[0]!.data.run}/approvals`;
  const wrong = await world.json('POST', path, { body: { approve: ['call_of_somebody_else'] } });
  assert.deepEqual([wrong.http, wrong.error.code], [400, 'invalid_decision']);

  const going = world.ask('POST', path, { body: { approve: [interruptions[0].callId] } });
  (await world.working()).answer('Booked.');
  assert.match(textOf(await allOf(await going)), /Booked/);
  const twice = await world.json('POST', path, { body: { approve: [interruptions[0].callId] } });
  assert.deepEqual([twice.http, twice.error.code], [409, 'not_waiting']);
});

test('what fails is told by name, without the key', async () => {
  world.model.failNext({ status: 401, error: { message: 'Incorrect API key: sk-worker-0123456789abcdef' } });
  const events = await said('failing', 'Hello');
  const { status, error } = events.at(-1)!.data;
  assert.deepEqual([status, error.code], ['failed', 'api_error']);
  assert.ok(!JSON.stringify(events).includes('0123456789'));
  assert.deepEqual(await itemsOf('failing'), []);
});

test('a conversation that is deleted takes its runs along', async () => {
  const following = allOf(await run('doomed', { run: 'doom', input: WEATHER }));
  await world.working();
  assert.equal((await world.ask('DELETE', '/api/conversations/doomed')).status, 204);
  assert.equal((await following).at(-1)!.data.status, 'stopped');
  assert.deepEqual(await itemsOf('doomed'), []);
  assert.equal((await world.json('GET', '/api/conversations/doomed/runs/doom/events')).error.code, 'not_found');
});

test('a client names an agent, and only one of those that there are', async () => {
  const events = await allOf(await run('verse', { input: 'Hello', agent: 'poet' }));
  assert.equal(events[0]!.data.agent, 'poet');
  for (const agent of ['nobody', '__proto__', 'constructor']) {
    const refused = await world.json('POST', '/api/conversations/verse/runs', { body: { input: 'Hello', agent } });
    assert.deepEqual([refused.http, refused.error.code], [404, 'agent_not_found']);
  }
});
