import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, UserError } from 'agents-wasm';
import { agentsHandler, agentsObject } from 'agents-wasm/edge';

import { EventLog } from '../../js/src/edge/agents/event-log.ts';
import { eventStream } from '../../js/src/edge/agents/event-stream.ts';

const refused = (argument: string) => (error: unknown) =>
  error instanceof UserError && error.code === 'invalid_argument' && error.message.includes(argument);
const namespace = () => ({ idFromName: String, get: () => ({ fetch: async () => new Response('ok') }) });
const authorize = () => 'ann';

test('without authorize there is no handler, and other options that cannot work are refused by name', () => {
  const bad: [object, string][] = [
    [{ namespace }, 'authorize'],
    [{ authorize: 'anyone', namespace }, 'authorize'],
    [{ authorize }, 'namespace'],
    [{ authorize, namespace, prefix: 'api/' }, 'prefix'],
    [{ authorize, namespace, route: 'ann' }, 'route'],
    [{ authorize, namespace, maxRequestBytes: 5_000_000 }, 'maxRequestBytes'],
    [{ authorize, namespace, allowedOrigins: ['example.com'] }, 'allowedOrigins'],
    [{ authorize, namespace, rate: { requests: 0, perMs: 1 } }, 'rate.requests'],
  ];
  for (const [options, argument] of bad) assert.throws(() => agentsHandler(options as never), refused(argument));
  assert.throws(() => agentsHandler(undefined as never), refused('options'));
});

test('an object without an agent, or with options that cannot work, is refused by name', () => {
  const agent = new Agent({ name: 'assistant' });
  const bad: [object, string][] = [
    [{}, 'agent'],
    [{ agent: { name: 'assistant' } }, 'agent'],
    [{ agent, openai: 'sk-key' }, 'openai'],
    [{ agent, context: {} }, 'context'],
    [{ agent, tracing: {} }, 'tracing'],
    [{ agent, retention: {} }, 'retention'],
    [{ agent, retention: { maxAge: -1 } }, 'retention.maxAge'],
    [{ agent, heartbeatMs: 0 }, 'heartbeatMs'],
    [{ agent, maxQueued: 1.5 }, 'maxQueued'],
  ];
  for (const [options, argument] of bad) assert.throws(() => agentsObject(options as never), refused(argument));
});

test('a rate counts each principal, and authorize may answer by itself', async () => {
  const handle = agentsHandler({
    authorize: ({ headers }) =>
      headers.get('x-user') ?? new Response('Sign in', { status: 302, headers: { location: '/in' } }),
    namespace,
    rate: { requests: 1, perMs: 60_000 },
  });
  const ask = (headers: Record<string, string>) =>
    handle(new Request('http://app.local/api/conversations', { headers }), {});
  assert.equal((await ask({})).headers.get('location'), '/in');
  assert.equal((await ask({ 'x-user': 'ann' })).status, 200);
  assert.equal((await ask({ 'x-user': 'bob' })).status, 200);
  const late = await ask({ 'x-user': 'ann' });
  assert.deepEqual([late.status, late.headers.has('retry-after-ms')], [429, true]);
});

test('a failing authorize lets nobody in, and the owner is told', async () => {
  const told: unknown[] = [];
  const failure = new Error('The database of logins is gone.');
  const options = { namespace, onError: (error: unknown) => told.push(error) };
  for (const authorize of [() => Promise.reject(failure), () => 7 as never, () => '\ud800']) {
    const answer = await agentsHandler({ ...options, authorize })(
      new Request('http://app.local/api/conversations'),
      {},
    );
    assert.equal(answer.status, 500);
    assert.ok(!(await answer.text()).includes('logins'));
  }
  assert.equal(told[0], failure);
  assert.equal(told.length, 3);
});

test('numbers of events are reserved before they are used', () => {
  const reserved: number[] = [];
  const log = new EventLog({ last: 0, reserve: (upTo) => reserved.push(upTo) });
  for (let n = 1; n <= 1001; n++) {
    log.append('text', {});
    assert.ok(reserved.at(-1)! >= n);
  }
  assert.deepEqual(reserved, [1000, 2000]);
});

test('a reader that fell behind what is in memory gets a snapshot, and then what follows it', async () => {
  const log = new EventLog({ last: 0, reserve: () => {} });
  for (let n = 1; n <= 20; n++) log.append('text', { text: 'a'.repeat(100_000) });
  assert.equal(log.after(0), undefined);
  assert.equal(log.after(19)?.length, 1);
  const reader = eventStream(log, { after: 3, snapshot: () => ({ text: 'all' }) }).body!.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  assert.equal(await read(), 'id: 20\nevent: snapshot\ndata: {"text":"all"}\n\n');
  log.append('end', {});
  log.end();
  assert.equal(await read(), 'id: 21\nevent: end\ndata: {}\n\n');
  assert.equal((await reader.read()).done, true);
});
