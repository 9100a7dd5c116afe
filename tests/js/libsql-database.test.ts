import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libsqlDatabase, type SqlDatabase, type SqlStatement } from 'agents-wasm/edge';
import fc from 'fast-check';

import { fromHrana, toHrana } from '../../js/src/edge/hrana.ts';

// What the server of the conformance tests does not do: it refuses, fails and says nonsense.

const TOKEN = 'eyJhbGciOi.secret-token';
const READ: SqlStatement[] = [{ sql: 'SELECT 1 AS one' }];
const WRITE: SqlStatement[] = [{ sql: 'INSERT INTO t VALUES (?1)', params: ['what nobody may read'] }];

type Answer = Response | Error;

/** A database whose server gives these answers, one after the other; and the requests that it got. */
function serving(...answers: Answer[]): { database: SqlDatabase; requests: Request[] } {
  const requests: Request[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    requests.push(new Request(input, init));
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (!answer) throw new Error('There was one request too many.');
    return answer;
  };
  return { database: libsqlDatabase({ url: 'libsql://db.example.com', authToken: TOKEN, fetch }), requests };
}

const json = (body: unknown) => Response.json(body);
const integer = (value: string) => [{ type: 'integer', value }];
const batchAnswer = (...step_results: unknown[]) =>
  json({
    results: [{ type: 'ok', response: { result: { step_results, step_errors: step_results.map(() => null) } } }],
  });
const one = () => batchAnswer({ rows: [] }, { rows: [integer('1')] }, { rows: [] }, null);

async function failure(database: SqlDatabase, statements: SqlStatement[]): Promise<Error & { code: string }> {
  const error = await database.batch(statements).then(
    () => assert.fail('It did not fail.'),
    (thrown) => thrown,
  );
  assert.equal(error.name, 'SqlError');
  const told = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
  assert.ok(!told.includes('secret') && !told.includes('nobody'), told);
  return error;
}

test('a batch is one request, with the token, whose steps depend on each other', async () => {
  const { database, requests } = serving(one());
  assert.deepEqual(await database.batch(READ), [[[1]]]);
  const [request] = requests as [Request];
  assert.equal(request.url, 'https://db.example.com/v2/pipeline');
  assert.equal(request.headers.get('authorization'), `Bearer ${TOKEN}`);
  const { requests: sent } = (await request.json()) as {
    requests: { type: string; batch: { steps: { stmt: { sql: string } }[] } }[];
  };
  assert.deepEqual(
    sent.map(({ type }) => type),
    ['batch', 'close'],
  );
  assert.deepEqual(
    sent[0]?.batch.steps.map(({ stmt }) => stmt.sql),
    ['BEGIN', 'SELECT 1 AS one', 'COMMIT', 'ROLLBACK'],
  );
});

test('what only reads is asked again when the network fails, and a change is not', async () => {
  const lost = () => new TypeError(`fetch failed: Bearer ${TOKEN}`);
  const reading = serving(lost(), new Response('', { status: 503 }), one());
  assert.deepEqual(await reading.database.batch(READ), [[[1]]]);
  assert.equal(reading.requests.length, 3);
  const writing = serving(lost(), one());
  assert.equal((await failure(writing.database, WRITE)).code, 'io');
  assert.equal(writing.requests.length, 1);
  const gone = serving(lost(), lost(), lost());
  assert.match((await failure(gone.database, READ)).message, /db\.example\.com was not reached \(TypeError\)/);
});

test('an answer that is none is a typed error that says what came', async () => {
  const statuses: [number, string, RegExp][] = [
    [401, 'invalid', /refused the authToken \(HTTP 401\)/],
    [403, 'invalid', /authToken/],
    [404, 'not_found', /no such database/],
    [413, 'invalid', /too large/],
    [429, 'busy', /try again/],
    [500, 'io', /failed \(HTTP 500\)/],
  ];
  for (const [status, code, message] of statuses) {
    const error = await failure(serving(new Response(TOKEN, { status })).database, WRITE);
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
  }
  for (const body of ['<html>', '[]', '{}', '{"results":[]}', '{"results":[{"response":{"result":{}}}]}', 'null']) {
    const error = await failure(serving(new Response(body)).database, WRITE);
    assert.deepEqual([error.code, /no libSQL server/.test(error.message)], ['io', true], body);
  }
});

test('an error of the server is known by its code, and names the statement', async () => {
  const failing = (code: string, at: number) => {
    const step_errors = [null, null, null, null].map((none, index) =>
      index === at ? { message: 'It failed', code } : none,
    );
    return json({
      results: [{ type: 'ok', response: { result: { step_results: [null, null, null, null], step_errors } } }],
    });
  };
  const cases = [
    ['SQLITE_CONSTRAINT_CHECK', 'conflict'],
    ['SQLITE_BUSY', 'busy'],
    ['SQLITE_FULL', 'quota'],
    ['SQLITE_TOOBIG', 'invalid'],
    ['SQLITE_NOTADB', 'corrupt'],
    ['SOMETHING_NEW', 'io'],
  ] as const;
  for (const [theirs, ours] of cases) {
    const error = await failure(serving(failing(theirs, 1)).database, WRITE);
    assert.deepEqual([error.code, /^statements\[0\] failed/.test(error.message)], [ours, true], theirs);
  }
  const busy = await failure(serving(failing('SQLITE_BUSY', 0)).database, WRITE);
  assert.deepEqual([busy.code, /^The database/.test(busy.message)], ['busy', true]);
  const whole = json({
    results: [{ type: 'error', error: { message: 'Response is too large', code: 'RESPONSE_TOO_LARGE' } }],
  });
  assert.match((await failure(serving(whole).database, WRITE)).message, /RESPONSE_TOO_LARGE/);
});

test('what is too large for one answer is read row by row, and its stream closed', async () => {
  const tooLarge = () =>
    json({ results: [{ type: 'error', error: { message: 'Response is too large', code: 'RESPONSE_TOO_LARGE' } }] });
  const lines = (...entries: object[]) => new Response(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  const begin = (step: number) => ({ type: 'step_begin', step, cols: [] });
  const end = { type: 'step_end' };
  const row = (value: string) => ({ type: 'row', row: integer(value) });
  const stream = { baton: 'b1', base_url: null };
  const whole = [begin(0), end, begin(1), row('1'), row('2'), end, begin(2), end];
  const { database, requests } = serving(tooLarge(), lines(stream, ...whole), json({}));
  assert.deepEqual(await database.batch(READ), [[[1], [2]]]);
  assert.deepEqual(
    requests.map(({ url }) => new URL(url).pathname),
    ['/v2/pipeline', '/v3/cursor', '/v2/pipeline'],
  );
  assert.deepEqual(await requests[2]?.json(), { baton: 'b1', requests: [{ type: 'close' }] });

  const failed = { type: 'step_error', step: 1, error: { message: 'gone', code: 'SQLITE_IOERR' } };
  const cases: [object[], RegExp][] = [
    [[stream, ...whole.slice(0, 5)], /ends before its COMMIT/],
    [[stream, begin(0), end, failed], /^statements\[0\] failed .* gone/],
    [[stream, { type: 'error', error: { message: 'The stream is gone' } }], /The stream is gone/],
    [[], /no libSQL server/],
  ];
  for (const [entries, message] of cases) {
    // Where no stream began, there is none to close.
    const cut = () => [lines(...entries), ...(entries.length > 0 ? [json({})] : [])];
    const error = await failure(serving(tooLarge(), ...cut(), ...cut()).database, READ);
    assert.deepEqual([error.code, message.test(error.message)], ['io', true], error.message);
    const mended = serving(tooLarge(), ...cut(), lines(stream, ...whole), json({}));
    assert.deepEqual(await mended.database.batch(READ), [[[1], [2]]]);
  }
});

test('options that cannot be used are refused by name, without what is secret in them', () => {
  const open = (options: object) => () => libsqlDatabase(options as Parameters<typeof libsqlDatabase>[0]);
  const urls = [
    undefined,
    '',
    'db.example.com',
    'file:x.db',
    'wss://db.example.com',
    `https://x.io?authToken=${TOKEN}`,
  ];
  for (const url of [...urls, `https://user:${TOKEN}@x.io`]) {
    assert.throws(open({ url }), (error: Error & { code: string }) => {
      return error.code === 'invalid' && /^url must be/.test(error.message) && !error.message.includes('secret');
    });
  }
  for (const authToken of ['', 7, `${TOKEN}\n`, 'é']) {
    assert.throws(open({ url: 'https://x.io', authToken }), { code: 'invalid', message: /^authToken must be/ });
  }
  assert.throws(open({ url: 'https://x.io', fetch: 'fetch' }), { code: 'invalid', message: /^fetch must be/ });
});

test('any value survives the way to the server and back', () => {
  const numbers = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const values = fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 20_000 }),
    numbers,
  );
  fc.assert(
    fc.property(values, (value) => {
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return;
      const back = fromHrana('x', JSON.parse(JSON.stringify(toHrana(value))), '');
      // An INTEGER has no -0.
      assert.deepEqual(back, Object.is(value, -0) ? 0 : value);
    }),
  );
});
