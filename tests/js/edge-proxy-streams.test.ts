import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HELLO, KEY, proxyTo } from '../support/edge-proxy.ts';

const SSE = { 'content-type': 'text/event-stream' };
const encode = (text: string) => new TextEncoder().encode(text);

/** An answer of the API's whose pieces a test sends itself. */
function liveAnswer() {
  const left = Promise.withResolvers<void>();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (its) => {
      controller = its;
    },
    cancel: () => left.resolve(),
  });
  const answer = () => new Response(body, { headers: SSE });
  return {
    answer,
    left: left.promise,
    send: (text: string) => controller.enqueue(encode(text)),
    end: () => controller.close(),
    fail: (error: unknown) => controller.error(error),
  };
}

const textReader = (answer: Response) => answer.body!.pipeThrough(new TextDecoderStream()).getReader();

test('a stream comes piece by piece, as it is sent, and says that nobody is to keep or bend it', async () => {
  const live = liveAnswer();
  const { post } = proxyTo(live.answer);
  const answer = await post('/responses', { ...HELLO, stream: true });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  assert.equal(answer.headers.get('cache-control'), 'no-store, no-transform');
  assert.equal(answer.headers.get('x-accel-buffering'), 'no');
  const reader = textReader(answer);
  const next = async (piece: string) => {
    live.send(piece);
    return (await reader.read()).value;
  };
  assert.equal(await next('data: 1\n\n'), 'data: 1\n\n');
  // What may be the beginning of a key is held back until it is seen that it is none.
  assert.equal(await next('data: s'), 'data: ');
  assert.equal(await next('o\n\n'), 'so\n\n');
  live.end();
  assert.equal((await reader.read()).done, true);
});

test('a client that goes away ends the request to the API', async () => {
  const live = liveAnswer();
  const { post } = proxyTo(live.answer);
  const answer = await post('/responses', { ...HELLO, stream: true });
  const reader = answer.body!.getReader();
  live.send('data: 1\n\n');
  await reader.read();
  await reader.cancel();
  await live.left;
});

test('a client whose signal aborts ends the request to the API, and its own answer', async () => {
  const live = liveAnswer();
  const { post } = proxyTo(live.answer);
  const leaving = new AbortController();
  const answer = await post('/responses', { ...HELLO, stream: true }, { signal: leaving.signal });
  const read = answer.body!.getReader().read();
  leaving.abort();
  await assert.rejects(read, { name: 'AbortError' });
  await live.left;
});

test('a client that goes away before there is an answer ends the request to the API', async () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  const { post, reported } = proxyTo(({ signal }) => {
    arrived.resolve(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const leaving = new AbortController();
  const answer = post('/responses', HELLO, { signal: leaving.signal });
  const signal = await arrived.promise;
  leaving.abort();
  assert.equal((await answer).status, 499);
  assert.equal(signal.aborted, true);
  assert.deepEqual(reported, []);
});

test("with 'finish' the answer is read to its end for a client that went away, and the runtime waits for it", async () => {
  for (const how of ['cancel', 'signal']) {
    const live = liveAnswer();
    const { proxy } = proxyTo(live.answer, {
      whenClientLeaves: 'finish',
      owns: () => true,
      onCreated: (...made) => void created.push(made[2]),
    });
    const created: string[] = [];
    const leaving = new AbortController();
    const { promise: work, resolve: waitUntil } = Promise.withResolvers<unknown>();
    const body = JSON.stringify({ ...HELLO, stream: true });
    const request = new Request('https://app.local/v1/responses', { method: 'POST', body, signal: leaving.signal });
    const answer = await proxy(request, { waitUntil: (promise) => waitUntil(promise.then(() => 'done')) });
    if (how === 'cancel') await answer.body!.cancel();
    else leaving.abort();
    live.send('data: 1\n\n');
    live.send('data: {"response":{"id":"resp_1"}}\n\n');
    live.end();
    assert.equal(await work, 'done');
    assert.deepEqual(created, ['resp_1']);
  }
});

test('a stream that breaks off there breaks off here, and does not look complete', async () => {
  const live = liveAnswer();
  const { post } = proxyTo(live.answer);
  const reader = (await post('/responses', { ...HELLO, stream: true })).body!.getReader();
  live.send('data: 1\n\n');
  await reader.read();
  live.fail(new Error('terminated'));
  await assert.rejects(reader.read(), /terminated/);
});

test('a reader that does not read holds the API back', async () => {
  let pieces = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pieces += 1;
      controller.enqueue(encode('data: 1\n\n'));
    },
  });
  const { post } = proxyTo(() => new Response(body, { headers: SSE }));
  const answer = await post('/responses', { ...HELLO, stream: true });
  const reader = answer.body!.getReader();
  for (let reads = 0; reads < 50; reads += 1) await reader.read();
  assert.ok(pieces < 60, `${pieces} pieces were taken for 50`);
  await reader.cancel();
});

test('the key is in no stream, however its letters are cut, and what looks like it stays', async () => {
  const text = `data: ${KEY} sk-proxy-5f1 sk-${KEY}${KEY.slice(0, 9)}${KEY}\n\ndata: sk-proxy`;
  const wanted = 'data: … sk-proxy-5f1 sk-…sk-proxy-…\n\ndata: sk-proxy';
  const all = encode(text);
  for (const size of [1, 2, 5, 13, all.length]) {
    const live = liveAnswer();
    const { post } = proxyTo(live.answer);
    const answer = await post('/responses', { ...HELLO, stream: true });
    for (let at = 0; at < all.length; at += size) live.send(text.slice(at, at + size));
    live.end();
    assert.equal(await answer.text(), wanted, `pieces of ${size}`);
  }
});

test('cookies and the names of the account stay behind; what tells a client when to come again does not', async () => {
  const headers = {
    'content-type': 'application/json',
    'set-cookie': '__cf_bm=1',
    'openai-organization': 'acme',
    'openai-project': 'proj_1',
    'cf-ray': '1',
    'content-encoding': 'gzip',
    'transfer-encoding': 'chunked',
    'access-control-allow-origin': '*',
    'x-request-id': 'req_1',
    'x-ratelimit-remaining-requests': '4',
    'openai-processing-ms': '12',
  };
  const { post } = proxyTo(() => new Response('{"id":"resp_1"}', { headers }));
  const answer = await post('/responses', HELLO);
  assert.deepEqual(Object.fromEntries(answer.headers), {
    'cache-control': 'no-store, no-transform',
    'content-type': 'application/json',
    'openai-processing-ms': '12',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-ratelimit-remaining-requests': '4',
    'x-request-id': 'req_1',
  });
});
