import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Agent,
  MemorySession,
  OpenAIResponsesCompactionArgs,
  OpenAIResponsesCompactionSession,
  type OpenAIResponsesCompactionSessionOptions,
  run,
  SessionABC,
  SessionSettings,
  SQLiteSession,
} from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const refusal = (code: string, message: RegExp) => ({ name: 'UserError', code, message });
const made = (options: object) => () => new OpenAIResponsesCompactionSession(options);

class SecretSession extends MemorySession {
  override async loadItems(id: string) {
    return super.loadItems(id);
  }
}

class PlainSession extends SessionABC {
  async loadItems() {
    return [];
  }
  async saveItems() {}
}

test('a compaction session takes no arguments, as in the guide, and says that it keeps nothing', async () => {
  await using session = new OpenAIResponsesCompactionSession();
  const { persistence, durable, reason } = await session.storage();
  assert.deepEqual([persistence, durable], ['memory', false]);
  assert.match(reason, /no underlyingSession/);
  assert.equal(session.sessionType, 'OpenAIResponsesCompactionSession');
  assert.equal(session.sessionSettings?.compactionEnabled, true);
});

test('everything that is no compaction is the underlying session', async () => {
  const underlyingSession = new SQLiteSession({ dbPath: ':memory:', sessionSettings: { maxItems: 4 } });
  const session = new OpenAIResponsesCompactionSession({ underlyingSession });
  const heard: string[] = [];
  await underlyingSession.subscribe('c', ({ type }) => heard.push(type));
  const { conversationId } = await run(new Agent({ name: 'a' }), 'hi', {
    session,
    conversationId: 'c',
    ...localApi(['Hello.']),
  });
  assert.equal(conversationId, 'c');
  assert.deepEqual(await session.loadItems('c'), await underlyingSession.loadItems('c'));
  assert.equal((await underlyingSession.loadItems('c')).length, 2);
  assert.ok(heard.includes('items'));
  assert.equal(session.sessionSettings?.maxItems, 4, 'its limit too, which the SDK loses');
  assert.deepEqual(await session.storage(), await underlyingSession.storage());
  await session.setTitle('c', 'Greetings');
  assert.equal((await underlyingSession.listConversations()).conversations[0]?.title, 'Greetings');
  await session.close();
  await assert.rejects(session.loadItems('c'), { code: 'closed' });
  await assert.rejects(underlyingSession.loadItems('c'), { code: 'closed' }, 'closing it closes what it is over');
});

test('only a session of this package that stores its items as they are can be compacted', () => {
  class OpenAIConversationsSession extends PlainSession {}
  const cases: [unknown, ReturnType<typeof refusal>][] = [
    [{}, refusal('invalid_argument', /underlyingSession must be a session of this package/)],
    [null, refusal('invalid_argument', /underlyingSession .* but is null/)],
    [new PlainSession(), refusal('invalid_argument', /underlyingSession .* class PlainSession/)],
    [new SecretSession(), refusal('user_error', /underlyingSession has a loadItems or saveItems of its own/)],
    [new OpenAIConversationsSession(), refusal('user_error', /OpenAIConversationsSession.*cannot be compacted/)],
    [Object.assign(new PlainSession(), { sessionType: 'OpenAIConversationsSession' }), refusal('user_error', /OpenAI/)],
  ];
  for (const [underlyingSession, expected] of cases) assert.throws(made({ underlyingSession }), expected);
});

test('a model that the API does not compact for is refused by name, except for summaries', () => {
  for (const model of ['gpt-4.1', 'gpt-5.6-luna', 'o1', 'o3-mini', 'ft:gpt-4.1:org::id', 'ft:o3-mini:org']) {
    new OpenAIResponsesCompactionSession({ model });
    new OpenAIResponsesCompactionSession({ model, strategy: 'compact' });
  }
  for (const model of ['', 'claude-4', 'openai/gpt-4.1', 'omni', 'gpt4', 'ft:llama', 'my-gpt-4']) {
    const named = refusal('user_error', new RegExp(`the model "${model}".*'summary'`));
    assert.throws(made({ model }), named);
    assert.throws(made({ model, strategy: 'compact' }), named);
    made({ model, strategy: 'summary' })();
    made({ model, strategy: 'none' })();
  }
});

test('options that are none of these are refused by name', () => {
  const cases: [object, RegExp][] = [
    [{ strategy: 'short' }, /strategy must be 'compact' or 'summary' or 'none', but is a string/],
    [{ compactionMode: 'output' }, /compactionMode must be 'auto' or 'input' or 'previous_response_id'/],
    [{ model: 5 }, /model must be a string, but is a number/],
    [{ summaryModel: {} }, /summaryModel must be the name of a model or an object with getResponse, but is an object/],
    [{ shouldTriggerCompaction: true }, /shouldTriggerCompaction must be a function/],
    [{ onCompaction: 'log' }, /onCompaction must be a function/],
    [{ onWarning: 'log' }, /onWarning must be a function/],
    [{ openai: { apiKey: 5 } }, /apiKey must be a string/],
    [{ compactionArgs: 50 }, /compactionArgs must be an object, but is a number/],
    [{ compactionArgs: { targetItems: 0 } }, /compactionArgs.targetItems must be an integer of at least 1, but is 0/],
    [{ compactionArgs: { minSummaryTokens: -1 } }, /compactionArgs.minSummaryTokens must be an integer of at least 0/],
    [{ compactionArgs: { target_items: 50 } }, /no member "target_items": it takes targetItems and minSummaryTokens/],
    [{ sessionSettings: { compactionThreshold: 0 } }, /compactionThreshold must be an integer of at least 1, but is 0/],
    [{ sessionSettings: { compactionEnabled: 1 } }, /compactionEnabled must be a boolean, but is a number/],
    [{ compactionArgs: { targetItems: 100 } }, /targetItems, 100, must be less than .*compactionThreshold, 100/],
    [{ compactionArgs: { targetItems: 20 }, sessionSettings: { compactionThreshold: 10 } }, /targetItems, 20, .*, 10/],
  ];
  for (const [options, message] of cases) assert.throws(made(options), refusal('invalid_argument', message));
  assert.throws(made([]), refusal('invalid_argument', /must be an object, but is an array/));
});

test("the guide's arguments are kept as they are given", () => {
  const args = new OpenAIResponsesCompactionArgs({ targetItems: 50, minSummaryTokens: 100 });
  assert.deepEqual({ ...args }, { targetItems: 50, minSummaryTokens: 100 });
  assert.deepEqual({ ...new OpenAIResponsesCompactionArgs() }, { targetItems: undefined, minSummaryTokens: undefined });
  new OpenAIResponsesCompactionSession({ compactionArgs: args });
});

test('the settings of a run win over those of its session, and those over the underlying session', () => {
  const settings = new SessionSettings({ compactionEnabled: true, compactionThreshold: 20, maxItems: 5 });
  const resolved = settings.resolve({ compactionThreshold: 30 });
  const { compactionEnabled, compactionThreshold, maxItems } = resolved;
  assert.deepEqual([compactionEnabled, compactionThreshold, maxItems], [true, 30, 5]);
  assert.equal(settings.resolve({ compactionEnabled: false }).compactionEnabled, false);
  const underlyingSession = new MemorySession({
    sessionSettings: { compactionThreshold: 20, compactionEnabled: false },
  });
  const over = (options: OpenAIResponsesCompactionSessionOptions) =>
    new OpenAIResponsesCompactionSession({ underlyingSession, ...options }).sessionSettings;
  const { compactionEnabled: isOn, compactionThreshold: threshold } = over({})!;
  assert.deepEqual([isOn, threshold], [true, 20]);
  assert.equal(over({ sessionSettings: { compactionThreshold: 7 } })?.compactionThreshold, 7);
  assert.equal(over({ sessionSettings: { compactionEnabled: false } })?.compactionEnabled, false);
});

test('a run is refused before its first request where the session has no archive for what is folded', async () => {
  const { server, runConfig } = localApi([]);
  const sessionSettings = { compactionEnabled: true };
  const agent = new Agent({ name: 'a' });
  const expected = refusal('user_error', /compactionEnabled is for sessions of this package/);
  for (const session of [new PlainSession({ sessionSettings }), new SecretSession({ sessionSettings })]) {
    await assert.rejects(run(agent, 'hi', { session, runConfig }), expected);
  }
  await assert.rejects(run(agent, 'hi', { session: new PlainSession(), sessionSettings, runConfig }), expected);
  assert.equal(server.requests.length, 0);
  const { compaction } = await run(agent, 'hi', {
    session: new PlainSession({ sessionSettings }),
    compaction: 'off',
    ...localApi(['Hello.']),
  });
  assert.equal(compaction, undefined);
});

test('what a compaction and its views cannot be asked for is refused by name', async () => {
  await using session = new MemorySession();
  const invalid = (message: RegExp) => refusal('invalid_argument', message);
  const compact = (options: object) => session.runCompaction('c', options);
  await assert.rejects(session.runCompaction(''), invalid(/conversationId .* is empty/));
  await assert.rejects(compact({ force: 1 }), invalid(/force must be a boolean, but is a number/));
  await assert.rejects(compact({ signal: {} }), invalid(/signal must be an AbortSignal/));
  await assert.rejects(compact({ onProgress: {} }), invalid(/onProgress must be a function/));
  await assert.rejects(compact({ responseId: 5 }), invalid(/responseId must be a string/));
  await assert.rejects(compact({ model: 'llama' }), refusal('user_error', /the model "llama"/));
  await assert.rejects(session.undoCompaction(''), invalid(/conversationId/));
  await assert.rejects(session.compactions(''), invalid(/conversationId/));
  await assert.rejects(session.pinItem('c', 5 as unknown as string), invalid(/uid must be a string/));
  await assert.rejects(session.pinItem('c', 'u', 1 as unknown as boolean), invalid(/pinned must be a boolean/));
  const load = (options: object) => session.loadItems('c', options);
  await assert.rejects(load({ includeCompacted: 'yes' }), invalid(/includeCompacted must be a boolean/));
  await assert.rejects(load({ asSeenBy: 5 }), invalid(/asSeenBy must be a string/));
  for (const other of [{ maxItems: 5 }, { before: '1' }, { since: '1' }]) {
    await assert.rejects(load({ asSeenBy: 'r', ...other }), refusal('user_error', /stand alone/));
    await assert.rejects(load({ includeCompacted: true, ...other }), refusal('user_error', /stand alone/));
  }
  await assert.rejects(load({ includeCompacted: true, asSeenBy: 'r' }), refusal('user_error', /stand alone/));
  await assert.rejects(
    run(new Agent({ name: 'a' }), 'hi', { session, compaction: 'later' as 'off' }),
    invalid(/compaction must be 'background' or 'await' or 'off'/),
  );
});

test('compactionMode previous_response_id needs the id of a response', async () => {
  await using session = new OpenAIResponsesCompactionSession({ compactionMode: 'previous_response_id' });
  await session.saveItems('c', ['a']);
  await assert.rejects(session.runCompaction('c', { force: true }), refusal('user_error', /needs a responseId/));
});

test("the strategy 'none' asks nobody and changes nothing", async () => {
  await using session = new OpenAIResponsesCompactionSession({
    strategy: 'none',
    shouldTriggerCompaction: () => assert.fail('it is not asked'),
  });
  await session.saveItems('c', ['a']);
  assert.equal((await session.runCompaction('c', { force: true })).status, 'not_due');
});
