import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import {
  Agent,
  type AgentInputItem,
  MemorySession as AgentsMemorySession,
  type Session as AgentsSession,
  OpenAIResponsesCompactionSession,
} from '@openai/agents';
import {
  type Item,
  MemorySession,
  Agent as OurAgent,
  run as ourRun,
  tool as ourTool,
  SQLiteSession,
} from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { agentsRunner } from '../support/agents-sdk.ts';
import { checkLeaks, localApi } from '../support/local-api.ts';
import { assertFits } from '../support/openai-schemas.ts';
import { type Scenario, scenarios } from '../support/sdk-scenarios.ts';
import type { AnySession } from '../support/session-suite.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-sdk-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A place of conversations, and how a later process opens it. */
class Place {
  session: AnySession;
  readonly #later: (() => AnySession) | undefined;

  constructor(session: AnySession, later?: () => AnySession) {
    this.session = session;
    this.#later = later;
  }

  async reopen(): Promise<void> {
    if (!this.#later) return;
    await this.session.close();
    this.session = this.#later();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}

const places: Record<string, () => Place> = {
  MemorySession: () => new Place(new MemorySession()),
  SQLiteSession: () => {
    const dbPath = join(folder, `${++files}.db`);
    const openFile = () => new SQLiteSession({ dbPath });
    return new Place(openFile(), openFile);
  },
};

async function play(scenario: Scenario, session: () => AgentsSession, reopen: () => Promise<void>) {
  const { runner, server } = agentsRunner(scenario.turns());
  const outcome = await scenario.play({ runner, session, reopen });
  return { outcome, asked: server.requests.map(({ body }) => body.input), items: await session().getItems() };
}

const types = (items: Item[]) => items.map(({ type, role }) => role ?? type);
const plain = (items: AgentInputItem[]) => JSON.parse(JSON.stringify(items));

for (const [kind, open] of Object.entries(places)) {
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(`${kind}.conversation: ${name} goes as over the SDK's own session`, async () => {
      const memory = new AgentsMemorySession();
      const expected = await play(
        scenario,
        () => memory,
        async () => {},
      );
      await using place = open();
      const actual = await play(
        scenario,
        () => place.session.conversation('c'),
        () => place.reopen(),
      );
      assert.deepEqual(actual, { ...expected, items: plain(expected.items) });
      assert.ok(actual.items.length > 0);
      const wire = await place.session.loadItems('c');
      assert.equal(wire.length, actual.items.length);
      for (const item of wire) assertFits('InputItem', item);
    });
  }

  const check = (name: string, body: (place: Place) => Promise<void>) =>
    test(`${kind}.conversation: ${name}`, async () => {
      await using place = open();
      await body(place);
    });

  check('one history goes on from our runs to those of the SDK and back', async (place) => {
    const { session } = place;
    const clock = ourTool({
      name: 'clock',
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
      execute: () => 'noon',
    });
    const ours = new OurAgent({ name: 'ours', tools: [clock] });
    // What another server is to read of reasoning must be in the item itself.
    const asks: Turn = [
      { type: 'reasoning', summary: ['Hm.'], encryptedContent: 'x' },
      { type: 'function_call', name: 'clock', arguments: {}, callId: 'call_1' },
    ];
    const first = localApi([asks, 'It is noon.']);
    await ourRun(ours, 'What time is it?', { session, conversationId: 'c', runConfig: first.runConfig });

    const theirs = agentsRunner(['Good morning.']);
    await theirs.runner.run(new Agent({ name: 'theirs' }), 'Hello', { session: session.conversation('c') });
    const sent = theirs.server.requests[0]?.body.input;
    assert.deepEqual(types(sent), ['user', 'reasoning', 'function_call', 'function_call_output', 'assistant', 'user']);
    const named = (await session.conversation('c').getItems()).find(({ type }) => type === 'function_call_result');
    assert.equal((named as { name: string }).name, 'clock');

    const last = localApi(['Bye.']);
    await ourRun(ours, 'Bye', { session, conversationId: 'c', runConfig: last.runConfig });
    const kinds = last.server.requests[0]?.body.input.map(({ role, content }: Item) =>
      role === 'user' ? content : role,
    );
    assert.deepEqual(kinds.slice(-3), ['Hello', 'assistant', 'Bye']);
  });

  check('reasoning keeps the id that an API wants, also when a run sends none', async (place) => {
    const { runner, server } = agentsRunner([{ reasoning: 'Hm.', text: 'One.' }, 'Two.']);
    const session = place.session.conversation('c');
    const options = { session, reasoningItemIdPolicy: 'omit' as const };
    for (const input of ['a', 'b']) await runner.run(new Agent({ name: 'a' }), input, options);
    const reasoning = (items: Item[]) => items.find(({ type }) => type === 'reasoning');
    assertFits('ReasoningItem', reasoning(await place.session.loadItems('c')));
    assert.equal(reasoning(server.requests[1]?.body.input)?.id, undefined);
  });

  check("the SDK's compaction session folds it, and later runs go on from there", async (place) => {
    const { session } = place;
    const turns = Array.from({ length: 7 }, (_, index) => ({ reasoning: `r${index}`, text: `t${index}` }));
    const { runner, server, client } = agentsRunner(turns);
    await session.setTitle('c', 'Kept');
    const folding = new OpenAIResponsesCompactionSession({
      client,
      model: 'gpt-5',
      underlyingSession: session.conversation('c'),
    });
    const agent = new Agent({ name: 'a' });
    let compactions = 0;
    for (let index = 0; index < 5; index++) {
      const { state } = await runner.run(agent, `a${index}`, { session: folding });
      compactions +=
        state.usage.requestUsageEntries?.filter(({ endpoint }) => endpoint === 'responses.compact').length ?? 0;
    }
    assert.equal(compactions, 1);
    const users = Array.from({ length: 5 }, () => 'user');
    assert.deepEqual(types(await session.loadItems('c')), [...users, 'compaction']);
    for (const item of await session.loadItems('c')) assertFits('InputItem', item);
    await runner.run(agent, 'a5', { session: folding });
    assert.deepEqual(types(server.requests.at(-1)?.body.input), ['compaction', 'user']);
    const after = ['user', 'reasoning', 'assistant'];
    assert.deepEqual(types(await session.loadItems('c')), [...users, 'compaction', ...after]);
    assert.equal((await session.listConversations()).conversations[0]?.title, 'Kept');
  });

  check('a compaction that the server sends in a run replaces what came before', async (place) => {
    const { session } = place;
    const folded: Turn = [
      { type: 'item', item: { type: 'compaction', id: 'cmp_1', encrypted_content: 'folded' } },
      { type: 'text', text: 'Two.' },
    ];
    const { runner, server } = agentsRunner(['One.', folded, 'Three.']);
    const agent = new Agent({ name: 'a' });
    for (const input of ['a', 'b', 'c']) await runner.run(agent, input, { session: session.conversation('c') });
    const stored = await session.loadItems('c');
    assert.deepEqual(types(stored).slice(0, 2), ['compaction', 'assistant']);
    assert.deepEqual(types(server.requests.at(-1)?.body.input), ['compaction', 'assistant', 'user']);
    for (const item of stored) assertFits('InputItem', item);
  });
}
