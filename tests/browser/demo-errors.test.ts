import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { createOpenAIServer } from 'agents-wasm/testing';
import { settingsFrom } from '../../web-demo/server/settings.ts';
import { type Chat, Demo } from './demo.ts';
import { type FakeUpstream, startUpstream } from './fake-upstream.ts';

const KEY = 'sk-test-0123456789abcdef';

let upstream: FakeUpstream;
let demo: Demo;
let chat: Chat;

before(async () => {
  upstream = await startUpstream();
  const { baseURL } = upstream;
  demo = await Demo.start(
    settingsFrom({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: baseURL, OPENAI_MODEL: 'm-1', PORT: '0' }),
  );
});

after(async () => {
  await demo?.close();
  await upstream.close();
});

afterEach(() => chat.close());

test('with a key the page names the model and its server, and says nothing of an offline model', async () => {
  chat = await demo.open('#/new');
  assert.deepEqual(await chat.texts('#model-name'), [`Model: m-1 at ${new URL(upstream.baseURL).host}`]);
  assert.equal(await chat.page.isVisible('#notice'), false);
});

test('an answer through the proxy is streamed, and the key is nowhere in the page', async () => {
  chat = await demo.open('#/new');
  const seen: string[] = [];
  chat.page.on('request', (request) => seen.push(JSON.stringify(request.headers())));
  answerNormally();
  assert.match(await chat.ask("Hello, I'm John"), /John/);
  assert.equal(JSON.parse(upstream.received.at(-1)?.body ?? '{}').model, 'm-1');
  assert.equal(upstream.received.at(-1)?.headers.authorization, `Bearer ${KEY}`);
  assert.ok(seen.length > 0 && !seen.join().includes(KEY));
  assert.ok(!(await chat.page.content()).includes(KEY));
});

test('a refused key is explained, without the key, and the message can be sent again', async () => {
  chat = await demo.open('#/new');
  upstream.answer = (_request, response) =>
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}.`, code: 'invalid_api_key' } }));
  await chat.send("Hello, I'm John");
  await chat.sees('.outcome.error', 'The key was not accepted. Check OPENAI_API_KEY');
  await chat.sees('.outcome.error', 'The history is as it was before');
  assert.ok(!(await chat.page.content()).includes(KEY));
  assert.deepEqual(await chat.texts('#facts'), ['Nothing saved yet']);
  answerNormally();
  await chat.page.click('text=Try again');
  await chat.sees('.assistant', 'John');
  await chat.isDone();
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John"]);
  assert.equal(await chat.page.isVisible('.outcome'), false);
});

test('a stream that breaks off is an error, and what was said so far is not taken for an answer', async () => {
  chat = await demo.open('#/new');
  answerNormally();
  await chat.ask("Hello, I'm John");
  upstream.answer = (_request, response) => {
    const delta = JSON.stringify({ type: 'response.output_text.delta', delta: 'Half of an ans' });
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .write(`data: ${delta}\n\n`, () => response.destroy());
  };
  await chat.send('Say: something');
  await chat.sees('.outcome.error', 'The model cannot be reached');
  assert.deepEqual(await chat.texts('#facts'), ['2 items in this conversation']);
  answerNormally();
  assert.match(await chat.ask("What's my name?"), /John/);
  await chat.page.reload();
  await chat.sees('.user', "What's my name?");
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John", "What's my name?"]);
});

test('Stop ends the request to the API too', async () => {
  chat = await demo.open('#/new');
  const gone = Promise.withResolvers<void>();
  upstream.answer = (_request, response) => {
    response.on('close', gone.resolve);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': waiting\n\n');
  };
  await chat.send('Hello');
  await chat.page.click('#stop');
  await chat.sees('.outcome', 'Stopped');
  await gone.promise;
});

/** The offline model in the place of the API's. */
function answerNormally(): void {
  const server = createOpenAIServer();
  upstream.answer = async (_request, response) => {
    const { body } = upstream.received.at(-1) ?? {};
    const headers = { 'content-type': 'application/json' };
    const answer = await server.fetch('http://upstream/v1/responses', { method: 'POST', headers, body: body ?? '' });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    for await (const piece of answer.body ?? []) response.write(piece);
    response.end();
  };
}
