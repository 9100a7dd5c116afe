import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type OpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { checkedServer } from '../support/checked-server.ts';
import { call, respond } from '../support/responses-api.ts';

const user = (text: string) => ({ role: 'user' as const, content: text });
const words = (count: number) => 'word '.repeat(count);

const cachedTokens = async (server: OpenAIServer, request: object) =>
  (await respond(server, request)).usage!.input_tokens_details.cached_tokens;

test('the beginning that an earlier prompt of the same key had is reported as cached', async () => {
  const server = checkedServer();
  const history = Array.from({ length: 20 }, (_, index) => user(`${index} ${words(60)}`));
  const request = { prompt_cache_key: 'a', instructions: 'Be brief.', input: history };
  const first = await respond(server, request);
  assert.equal(first.prompt_cache_key, 'a');
  assert.equal(first.usage!.input_tokens_details.cached_tokens, 0);

  const total = first.usage!.input_tokens;
  const appended = await cachedTokens(server, { ...request, input: [...history, user('more')] });
  assert.ok(appended > total * 0.9 && appended <= total, `${appended} of ${total}`);
  assert.equal(appended % 128, 0);
  const changedInTheMiddle = await cachedTokens(server, { ...request, input: history.with(15, user('changed')) });
  assert.ok(changedInTheMiddle > 0 && changedInTheMiddle < total * 0.8, String(changedInTheMiddle));
  assert.equal(await cachedTokens(server, { ...request, input: [user('new'), ...history] }), 0);
  assert.equal(await cachedTokens(server, { ...request, instructions: 'Be long.' }), 0);
  assert.equal(await cachedTokens(server, { ...request, prompt_cache_key: 'b' }), 0);
});

test('a chain is cached as the same items sent by hand are, and a short prompt is not cached', async () => {
  const server = checkedServer();
  const first = await respond(server, { input: words(2000), prompt_cache_key: 'a' });
  const next = { previous_response_id: first.id, input: 'more', prompt_cache_key: 'a' };
  assert.ok((await cachedTokens(server, next)) >= 1024);
  const input = [user(words(2000)), ...first.output, user('more')];
  assert.ok((await cachedTokens(server, { input, prompt_cache_key: 'a', store: false })) >= 2432);
  for (let times = 0; times < 2; ++times) assert.equal(await cachedTokens(server, { input: 'hi' }), 0);
});

test('answers of the model say what is left of the rate limits', async () => {
  const server = checkedServer();
  const { headers } = await call(server, 'POST', '/responses', { model: 'm', input: 'hi' });
  for (const unit of ['requests', 'tokens']) {
    assert.match(headers.get(`x-ratelimit-limit-${unit}`)!, /^\d+$/);
    assert.ok(Number(headers.get(`x-ratelimit-remaining-${unit}`)) > 0);
    assert.match(headers.get(`x-ratelimit-reset-${unit}`)!, /^[\d.]+m?s$/);
  }
  assert.equal((await call(server, 'GET', '/responses/resp_x')).headers.get('x-ratelimit-limit-requests'), null);
});

test('a request above the limit is refused with the time after which it is not', async () => {
  let time = 0;
  const server = checkedServer({ rateLimit: { requests: 2 }, now: () => time });
  const ask = () => call(server, 'POST', '/responses', { model: 'm', input: 'hi' });
  assert.deepEqual([(await ask()).status, (await ask()).status], [200, 200]);
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.deepEqual([refused.body.error.type, refused.body.error.code], ['requests', 'rate_limit_exceeded']);
  assert.equal(refused.headers.get('retry-after-ms'), '30000');
  assert.equal(refused.headers.get('retry-after'), '30');
  assert.equal(refused.headers.get('x-ratelimit-remaining-requests'), '0');
  time = 30_000;
  assert.equal((await ask()).status, 200);
});

test('tokens are limited too, and the official client waits as long as it is told', async () => {
  const server = checkedServer({ rateLimit: { tokens: 60_000 } });
  const client = new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch: server.fetch });
  // Almost a whole minute's worth, so that the next request comes a few milliseconds too early.
  await client.responses.create({ model: 'm', input: 'x'.repeat(4 * 59_970) });
  const { output_text } = await client.responses.create({ model: 'm', input: 'say hi' });
  assert.equal(output_text, 'hi');
  assert.equal(
    (await call(server, 'POST', '/responses', { model: 'm', input: words(60_000) })).body.error.type,
    'tokens',
  );
});

test('parameters that the model does not support are refused', async () => {
  const server = checkedServer({ unsupported: ['temperature'], model: scriptedModel(['Hi.']) });
  const { status, body } = await call(server, 'POST', '/responses', { model: 'm', input: 'hi', temperature: 0 });
  assert.deepEqual(
    [status, body.error.message, body.error.param],
    [400, "Unsupported parameter: 'temperature' is not supported with this model.", 'temperature'],
  );
  assert.equal((await respond(server, { input: 'hi', temperature: null })).status, 'completed');
});
