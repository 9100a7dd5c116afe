import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { BatchTraceProcessor, OpenAITracingExporter } from '@openai/agents';
import {
  Agent,
  fromSdkProcessor,
  OpenAIProcessor,
  type OpenAIProcessorOptions,
  type RunConfig,
  run,
  tool,
} from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

interface Ingested {
  url: string;
  headers: IncomingMessage['headers'];
  data: any[];
}

type Answer = { status: number; headers?: Record<string, string> };

/** A server that takes traces over HTTP. It answers as told, and with 204 from then on. */
async function ingestServer(answers: Answer[] = []) {
  const requests: Ingested[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ url: request.url ?? '', headers: request.headers, data: JSON.parse(body).data });
    const { status, headers = {} } = answers.shift() ?? { status: 204 };
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    baseURL: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => String(a + b) });
const agent = new Agent({ name: 'A', instructions: 'Be brief.', tools: [add] });
const turns = () => [{ calls: [{ name: 'add', arguments: { a: 1, b: 2 } }] }, 'three'];

function processorFor(baseURL: string, more: OpenAIProcessorOptions = {}) {
  const errors: Error[] = [];
  const options = {
    openai: { baseURL, apiKey: 'sk-traces' },
    retryDelay: 1,
    onError: (error: Error) => errors.push(error),
  };
  return { processor: new OpenAIProcessor({ ...options, ...more }), errors };
}

async function traceOnce(processor: OpenAIProcessor, more: RunConfig = {}): Promise<void> {
  const { runConfig } = localApi(turns());
  await run(agent, '1 + 2?', { runConfig: { ...runConfig, tracing: { processors: [processor] }, ...more } });
}

test('a trace and its spans go to the ingest endpoint in one request', async () => {
  await using server = await ingestServer();
  const { processor, errors } = processorFor(server.baseURL);
  await traceOnce(processor);
  assert.equal(server.requests.length, 0);
  await processor.forceFlush();
  assert.equal(server.requests.length, 1);
  const { url, headers, data } = server.requests[0]!;
  assert.equal(url, '/v1/traces/ingest');
  assert.equal(headers['openai-beta'], 'traces=v1');
  assert.equal(headers.authorization, 'Bearer sk-traces');
  assert.equal(headers['content-type'], 'application/json');
  // The inner ones end first.
  const kinds = data.map(({ object, span_data }) => span_data?.name ?? span_data?.type ?? object);
  assert.deepEqual(kinds, ['trace', 'generation', 'add', 'turn', 'generation', 'turn', 'A', 'task']);
  assert.ok(data.slice(1).every(({ trace_id, ended_at }) => trace_id === data[0].id && ended_at));
  assert.deepEqual(errors, []);
});

test("the SDK's own processor and exporter take our spans, and send the same", async () => {
  await using server = await ingestServer();
  const ours = processorFor(server.baseURL).processor;
  const endpoint = `${server.baseURL}/traces/ingest`;
  const exporter = new OpenAITracingExporter({ apiKey: 'sk-traces', endpoint });
  const theirs = fromSdkProcessor(new BatchTraceProcessor(exporter));
  const { runConfig } = localApi(turns());
  await run(agent, '1 + 2?', { runConfig: { ...runConfig, tracing: { processors: [ours, theirs] } } });
  await ours.forceFlush();
  await theirs.forceFlush();
  await theirs.shutdown();
  const [one, other] = server.requests.map(({ data }) => data);
  const unlike = (data: object[]) =>
    data.map((item) => JSON.parse(JSON.stringify(item), (key, value) => (key === 'response_id' ? undefined : value)));
  assert.deepEqual(one, unlike(other!));
});

test("the run's own key, address and fetch are used, and each key gets its own traces", async () => {
  const sent: { url: string; key: string | null; traces: number }[] = [];
  const { server } = localApi([...turns(), ...turns(), ...turns()]);
  const both = (async (url: string, init: RequestInit) => {
    if (!url.endsWith('/ingest')) return server.fetch(url, init);
    const { data } = JSON.parse(init.body as string) as { data: { object: string }[] };
    const key = new Headers(init.headers).get('authorization');
    sent.push({ url, key, traces: data.filter(({ object }) => object === 'trace').length });
    return new Response();
  }) as typeof fetch;
  const processor = new OpenAIProcessor();
  for (const apiKey of ['sk-one', 'sk-two', 'sk-one']) {
    const openai = { apiKey, baseURL: 'http://local/v1', fetch: both };
    await run(agent, '1 + 2?', { runConfig: { openai, tracing: { processors: [processor] } } });
  }
  await processor.forceFlush();
  const url = 'http://local/v1/traces/ingest';
  assert.deepEqual(sent, [
    { url, key: 'Bearer sk-one', traces: 2 },
    { url, key: 'Bearer sk-two', traces: 1 },
  ]);
});

test('full batches go at once, others when a while has passed', async () => {
  await using server = await ingestServer();
  const { processor } = processorFor(server.baseURL, { maxBatchSize: 3, delay: 5 });
  await traceOnce(processor);
  const wanted = 8;
  const arrived = () => server.requests.reduce((sum, { data }) => sum + data.length, 0);
  while (arrived() < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(arrived(), wanted);
  assert.ok(server.requests.every(({ data }) => data.length <= 3));
});

test('what was refused for a passing reason is sent again', async () => {
  await using server = await ingestServer([
    { status: 500 },
    { status: 429, headers: { 'retry-after-ms': '1' } },
    { status: 418, headers: { 'x-should-retry': 'true' } },
  ]);
  const { processor, errors } = processorFor(server.baseURL);
  await traceOnce(processor);
  await processor.forceFlush();
  assert.equal(server.requests.length, 4);
  assert.deepEqual(server.requests[3]!.data, server.requests[0]!.data);
  assert.deepEqual(errors, []);
});

test('what cannot be sent is reported without the key and the answer, and never to the run', async () => {
  await using server = await ingestServer([{ status: 401 }, { status: 500, headers: { 'x-should-retry': 'false' } }]);
  const { processor, errors } = processorFor(server.baseURL);
  for (const status of [401, 500]) {
    await traceOnce(processor);
    await processor.forceFlush();
    const last = errors.at(-1)!;
    assert.equal(last.message, `8 traces and spans were not sent: The traces endpoint answered with status ${status}.`);
  }
  assert.equal(server.requests.length, 2);

  const gone = processorFor('http://127.0.0.1:1/v1', { maxRetries: 1 });
  await traceOnce(gone.processor);
  await gone.processor.forceFlush();
  assert.match(gone.errors[0]!.message, /^8 traces and spans were not sent: No answer came from the traces endpoint: /);
  assert.doesNotMatch(gone.errors[0]!.message, /sk-traces/);
});

test('more than the queue holds is dropped, and that is said', async () => {
  await using server = await ingestServer();
  const { processor, errors } = processorFor(server.baseURL, { maxQueueSize: 5 });
  await traceOnce(processor);
  await processor.forceFlush();
  assert.equal(server.requests[0]!.data.length, 5);
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['3 traces and spans were dropped: more came than could be sent.'],
  );
});

test('shutdown sends what waits, and gives up when its time is over', async () => {
  await using server = await ingestServer();
  const { processor } = processorFor(server.baseURL);
  await traceOnce(processor);
  await processor.shutdown();
  assert.equal(server.requests.length, 1);
  await traceOnce(processor);
  await processor.forceFlush();
  assert.equal(server.requests.length, 1);

  const never = ((_: string, { signal }: RequestInit) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))) as typeof fetch;
  const errors: Error[] = [];
  const openai = { baseURL: 'http://local/v1', fetch: never };
  const stuck = new OpenAIProcessor({ openai, onError: (error) => errors.push(error) });
  await traceOnce(stuck);
  await stuck.shutdown(20);
  assert.equal(errors.length, 1);
});

test('at the edge, the end of a trace hands over the promise that all is sent', async () => {
  await using server = await ingestServer();
  const promises: Promise<void>[] = [];
  const { processor } = processorFor(server.baseURL, { waitUntil: (promise) => promises.push(promise) });
  await traceOnce(processor);
  assert.equal(promises.length, 1);
  await promises[0];
  assert.equal(server.requests[0]!.data.length, 8);
});

test('a field of more than 100 KB is shortened, and stays JSON of its kind', async () => {
  await using server = await ingestServer();
  const { processor } = processorFor(server.baseURL);
  const long = tool({ name: 'long', execute: () => `${'"😀'.repeat(60_000)}` });
  const { runConfig } = localApi([{ calls: [{ name: 'long' }] }, 'ok']);
  const items = Array.from({ length: 30 }, (_, index) => ({ role: 'user', content: `${index} ${'x'.repeat(9_000)}` }));
  await run(new Agent({ name: 'A', tools: [long] }), items, {
    runConfig: { ...runConfig, tracing: { processors: [processor] } },
  });
  await processor.forceFlush();
  const spans = server.requests[0]!.data.filter(({ object }) => object === 'trace.span');
  const call = spans.find(({ span_data }) => span_data.type === 'function').span_data;
  assert.match(call.output, /^"😀"😀/u);
  assert.ok(call.output.endsWith('... [truncated]') && call.output.isWellFormed());
  const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  assert.ok(size(call.output) <= 100_000 && size(call.output) > 90_000, `${size(call.output)} bytes`);
  const { input } = spans.find(({ span_data }) => span_data.type === 'generation').span_data;
  assert.deepEqual(input[0], { truncated: true, original_length: 30 });
  assert.ok(size(input) <= 100_000 && input.length > 10);
  assert.deepEqual(input.at(-1), items.at(-1));
});

test('options that cannot work are refused at once', () => {
  assert.throws(() => new OpenAIProcessor({ maxBatchSize: 0 }), { code: 'invalid_argument' });
  assert.throws(() => new OpenAIProcessor({ openai: { baseURL: 'nowhere' } }), { code: 'invalid_argument' });
  assert.throws(() => new OpenAIProcessor({ waitUntil: 1 as never }), { code: 'invalid_argument' });
});
