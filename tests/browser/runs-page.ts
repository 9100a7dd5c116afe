/** The page of the tests of runs in several tabs: one session on either store, and an agent that pays. */
import {
  Agent,
  type ConversationEvent,
  IndexedDBSession,
  Runner,
  type SessionError,
  SQLiteSession,
  tool,
} from 'agents-wasm';
import { createOpenAIServer, scriptedModel } from 'agents-wasm/testing';

const CONVERSATION = 'shared';

let session: SQLiteSession | IndexedDBSession;
let release: (() => void) | undefined;

function agentThat(payment: () => unknown): Agent {
  return new Agent({ name: 'cashier', tools: [tool({ name: 'pay', execute: payment })] });
}

function apiOf(turns: Parameters<typeof scriptedModel>[0]) {
  const { fetch } = createOpenAIServer({ model: scriptedModel(turns) });
  return { openai: { apiKey: 'sk-tabs', baseURL: 'http://local/v1', fetch: fetch as typeof globalThis.fetch } };
}

const CALL = { calls: [{ name: 'pay', callId: 'c1' }] };

const runsDriver = {
  heard: [] as ConversationEvent[],

  async open(kind: 'opfs' | 'indexeddb'): Promise<void> {
    session = kind === 'opfs' ? new SQLiteSession({ dbPath: 'runs.db' }) : new IndexedDBSession({ dbName: 'runs' });
    await session.subscribe(CONVERSATION, (event) => runsDriver.heard.push(event));
  },

  /** Resolves when the tool is at work; the run ends with `finish()`. */
  async begin(text: string): Promise<void> {
    const { promise: working, resolve: works } = Promise.withResolvers<void>();
    const agent = agentThat(() => {
      works();
      return new Promise((resolve) => {
        release = () => resolve('paid');
      });
    });
    const runConfig = apiOf([CALL, 'Thank you.']);
    runsDriver.running = Runner.run(agent, text, { session, conversationId: CONVERSATION, runConfig });
    runsDriver.running.catch(() => {});
    await working;
  },
  running: Promise.resolve() as Promise<unknown>,

  async finish(): Promise<void> {
    release?.();
    await runsDriver.running;
  },

  /** The final output of a run, or the code of its failure. */
  async run(text: string, onBusy: 'wait' | 'error' = 'wait'): Promise<string> {
    const runConfig = apiOf([`You said ${text}.`]);
    const options = { session, conversationId: CONVERSATION, runConfig, onBusy };
    return Runner.run(
      agentThat(() => ''),
      text,
      options,
    ).then(({ finalOutput }) => finalOutput, codeOf);
  },

  async resume(): Promise<string> {
    const options = { session, conversationId: CONVERSATION, runConfig: apiOf(['I cannot tell.']) };
    return Runner.resume(
      agentThat(() => 'paid twice'),
      options,
    ).then(({ finalOutput }) => finalOutput, codeOf);
  },

  delete: () => session.delete(CONVERSATION),
  states: async () => (await session.openRuns(CONVERSATION)).map(({ state }) => state),

  async history(): Promise<string[]> {
    const items = await session.loadItems(CONVERSATION);
    return items.map((item) => item.name ?? item.output ?? item.content?.[0]?.text ?? item.content);
  },
};

function codeOf(error: SessionError): string {
  return error.code;
}

declare global {
  var runs: typeof runsDriver;
}
Object.assign(globalThis, { runs: runsDriver });
