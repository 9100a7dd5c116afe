import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { allOf, EdgeWorld, eventsOf, type ServerEvent, textOf } from '../support/edge-agents.ts';

// What a run comes to when the place it runs in ends: workerd is stopped, killed, or puts the object out of memory.

const WEATHER = 'What is the weather in Oslo? Use get_weather.';
const world = new EdgeWorld(3);
before(() => world.open());
after(() => world.close());

const ENDS: Record<string, () => Promise<unknown>> = {
  'workerd is stopped': () => world.restart(),
  'workerd is killed': () => world.kill(),
  'the object is put out of memory': () => world.ask('GET', '/die?user=ann'),
};

const post = (conversation: string, body: object, headers: Record<string, string> = {}) =>
  world.ask('POST', `/api/conversations/${conversation}/runs`, { body, headers });
const eventsOfRun = (conversation: string, run: string, after = 0) =>
  world.events('GET', `/api/conversations/${conversation}/runs/${run}/events?after=${after}`);
const typesOf = async (conversation: string) => {
  const { items } = await world.json('GET', `/api/conversations/${conversation}/items`);
  return items.map(({ item }: any) => item.role ?? item.type);
};

/** Reads events until the connection breaks, or `count` of them. */
async function some(answer: Response, count = Number.POSITIVE_INFINITY): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  try {
    for await (const event of eventsOf(answer)) if (events.push(event) >= count) break;
  } catch {
    // It broke.
  }
  return events;
}

function checkNumbers(events: ServerEvent[]): void {
  events.reduce((last, { n }) => {
    assert.ok(n > last, `${n} comes behind ${last}`);
    return n;
  }, -1);
}

for (const [how, end] of Object.entries(ENDS)) {
  test(`when ${how} while a tool is at work, the run goes on by itself, and the tool is not called again`, async () => {
    const [conversation, run] = [how.replaceAll(' ', '-'), `run-${how.replaceAll(' ', '-')}`];
    const calls = world.asked.length;
    const before = some(await post(conversation, { run, input: WEATHER }));
    await world.working();
    const resumed = world.modelAsked();
    await end();
    // Nobody asks: it is the alarm that wakes the object.
    await resumed;

    const seen = await before;
    const missed = await eventsOfRun(conversation, run, seen.at(-1)!.n);
    checkNumbers([...seen, ...missed]);
    assert.equal(missed[0]!.type, 'snapshot');
    assert.equal(missed[0]!.data.items[0].item.name, 'get_weather');
    assert.equal(missed.at(-1)!.data.status, 'completed');
    const { items } = await world.json('GET', `/api/conversations/${conversation}/items`);
    assert.match(items.at(-1).item.content[0].text, /Outcome unknown/);
    assert.deepEqual(await typesOf(conversation), ['user', 'function_call', 'function_call_output', 'assistant']);
    assert.equal(world.asked.length, calls + 1);
  });
}

test('wherever a kill meets a run, it is said once and answered once', { timeout: 120_000 }, async () => {
  for (const count of [1, 2, 3, 5, 8]) {
    const [conversation, run] = [`killed-${count}`, `killed-run-${count}`];
    const seen = await some(await post(conversation, { run, input: "Hello, I'm John" }), count);
    await world.kill();
    const missed = await eventsOfRun(conversation, run, seen.at(-1)!.n);
    checkNumbers([...seen, ...missed]);
    assert.equal(missed.at(-1)!.data.status, 'completed');
    assert.deepEqual(await typesOf(conversation), ['user', 'assistant']);
  }
});

test('what was accepted is said, although workerd is killed before anything comes of it', async () => {
  const accepted = await post('early', { run: 'early', input: 'Hello' }, { accept: 'application/json' });
  assert.equal(accepted.status, 202);
  await world.kill();
  assert.equal((await eventsOfRun('early', 'early')).at(-1)!.data.status, 'completed');
  assert.deepEqual(await typesOf('early'), ['user', 'assistant']);
});

test('runs that wait are carried out in their order after a restart', async () => {
  await some(await post('line', { run: 'line-1', input: WEATHER }), 3);
  await world.working();
  for (const run of ['line-2', 'line-3']) {
    const body = { run, input: `I like ${run}`, onBusy: 'wait' };
    assert.equal((await post('line', body, { accept: 'application/json' })).status, 202);
  }
  await world.kill();
  assert.equal((await eventsOfRun('line', 'line-3')).at(-1)!.data.status, 'completed');
  const { items } = await world.json('GET', '/api/conversations/line/items');
  const words = items.filter(({ item }: any) => item.role === 'user').map(({ item }: any) => item.content);
  assert.deepEqual(words, [WEATHER, 'I like line-2', 'I like line-3']);
});

test('an approval can be given after a restart', async () => {
  const asked = await allOf(await post('trip', { run: 'trip', input: 'Use book_trip for Rome' }));
  const { interruptions } = asked.at(-1)!.data;
  await world.kill();
  const [shown, end] = await eventsOfRun('trip', 'trip');
  assert.equal(shown!.data.items[0].item.name, 'book_trip');
  assert.deepEqual(end!.data.interruptions, interruptions);
  const body = { approve: [interruptions[0].callId] };
  const going = world.ask('POST', '/api/conversations/trip/runs/trip/approvals', { body });
  (await world.working()).answer('Booked.');
  const events = await allOf(await going);
  checkNumbers([...asked, ...events]);
  assert.match(textOf(events), /Booked/);
});

test('what is too old is deleted by an alarm, also from a session that encrypts', { timeout: 60_000 }, async () => {
  const user = 'brief';
  await world.events('POST', '/brief/conversations/old/runs', { user, body: { input: 'Hello' } });
  const { items } = await world.json('GET', '/brief/conversations/old/items', { user });
  assert.equal(items[0].item.content, 'Hello');
  for (;;) {
    const { conversations } = await world.json('GET', '/brief/conversations', { user });
    if (conversations.length === 0) break;
    await sleep(50);
  }
  const gone = await world.json('GET', '/brief/conversations/old/items', { user });
  assert.deepEqual([gone.items, gone.run], [[], undefined]);
});
