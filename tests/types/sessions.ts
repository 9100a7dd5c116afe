// Only compiled: what a caller's compiler makes of sessions and errors.
import {
  Agent,
  AgentsError,
  APIConnectionError,
  type Compaction,
  type CompactionOutcome,
  type CompactionResult,
  type Conversation,
  type DoctorFinding,
  type DoctorReport,
  type Item,
  type ItemPage,
  type LoadOptions,
  MemorySession,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionArgs,
  OpenAIResponsesCompactionSession,
  run,
  runItemsToInputItems,
  type SaveOptions,
  type Session,
  SessionABC,
  SessionError,
  SQLiteSession,
  type StoredItem,
  setDefaultOpenAI,
} from 'agents-wasm';

import { type Equal, is } from './equal.ts';

const agent = new Agent({ name: 'a' });

// Any object of these two methods is a session, whether it waits or not.
const plain = { loadItems: (_id: string) => [] as Item[], saveItems: (_id: string, _items: Item[]) => {} };
const session: Session = plain;
void run(agent, 'hi', { session: plain });
void run(agent, 'hi', { session: new SQLiteSession({ dbPath: ':memory:', sessionSettings: { maxItems: 5 } }) });

// One whose histories the server keeps has its ids in any session on a store.
const onServer = new OpenAIConversationsSession({ conversationId: 'conv_1', ids: new MemorySession() });
void run(agent, 'hi', { session: onServer });
is<Equal<Awaited<ReturnType<typeof onServer.serverConversationId>>, string | undefined>>();
// @ts-expect-error: a session of two methods has no journal
new OpenAIConversationsSession({ ids: plain });

class MapSession extends SessionABC {
  readonly #items = new Map<string, Item[]>();
  async loadItems(id: string, { maxItems }: LoadOptions = {}): Promise<Item[]> {
    return (this.#items.get(id) ?? []).slice(-(maxItems ?? 1000));
  }
  async saveItems(id: string, items: Item[], options?: SaveOptions): Promise<void> {
    this.#items.set(id, [...(await this.loadItems(id)), ...items]);
    is<Equal<typeof options, SaveOptions | undefined>>();
  }
}
void run(agent, 'hi', { session: new MapSession({ sessionSettings: { maxItems: 3 } }) });

// @ts-expect-error an abstract class has no objects
new SessionABC();
// @ts-expect-error loadItems is missing
const half: Session = { saveItems: () => {} };
// @ts-expect-error a subclass implements both methods
class Half extends SessionABC {
  async loadItems() {
    return [];
  }
}
// @ts-expect-error settings have no such member
new MemorySession({ sessionSettings: { limit: 5 } });
// @ts-expect-error a path is a string
new SQLiteSession({ dbPath: 5 });
// @ts-expect-error a database has a path
new SQLiteSession({});

await using memory = new MemorySession();
const items = await memory.loadItems('c', { maxItems: 5 });
is<Equal<typeof items, StoredItem[]>>();
for (const item of items) is<Equal<typeof item.agent, { readonly name: string } | undefined>>();
await memory.saveItems('c', items);
await memory.saveItems('c', ['words', { type: 'user', content: 'more' }]);
await memory.saveItems('c', runItemsToInputItems((await run(agent, 'hi')).newItems));
// @ts-expect-error items are a list
await memory.saveItems('c', 'words');
const { conversations, next } = await memory.listConversations({ limit: 5 });
is<Equal<typeof conversations, Conversation[]>>();
is<Equal<typeof next, string | undefined>>();
await memory.listConversations({ after: next });
const popped = await memory.popItem('c');
is<Equal<typeof popped, Item | undefined>>();
await memory.loadItems('c', { since: 'a', before: 'b' });
const page = await memory.loadPage('c', { limit: 5, before: undefined, since: 'a', shelf: 's' });
is<Equal<typeof page, ItemPage>>();
is<Equal<typeof page.older, string | undefined>>();
for (const { uid } of page.items) if (uid !== undefined) await memory.replaceItem('c', uid, 'words');
is<Equal<Awaited<ReturnType<typeof memory.deleteItems>>, StoredItem[]>>();
await memory.deleteItems('c', page.items.map(({ uid }) => uid!) as readonly string[]);
for (const id of await memory.findSessionsBefore(new Date())) await memory.delete(id);
await memory.listConversations({ changedBefore: new Date(), limit: 5 });
// @ts-expect-error a time is a Date
await memory.findSessionsBefore('2026-01-01');
await memory.setMetadata('c', { user: 5 });
// @ts-expect-error metadata is an object
await memory.setMetadata('c', 'words');
const report = await memory.doctor('c', { repair: true });
is<Equal<typeof report, DoctorReport>>();
for (const finding of report.findings) is<Equal<typeof finding, DoctorFinding>>();

const compacting = new OpenAIResponsesCompactionSession({
  underlyingSession: memory,
  compactionArgs: new OpenAIResponsesCompactionArgs({ targetItems: 50, minSummaryTokens: 100 }),
  sessionSettings: { compactionThreshold: 100 },
  shouldTriggerCompaction: ({ sessionItems, compactionMode }) => {
    is<Equal<typeof sessionItems, StoredItem[]>>();
    is<Equal<typeof compactionMode, 'input' | 'previous_response_id'>>();
    return sessionItems.length > 10;
  },
  onCompaction: (event) => {
    if (event.type === 'progress') is<Equal<typeof event.items, number>>();
    else is<Equal<typeof event.outcome, CompactionOutcome>>();
  },
});
const compacted = await compacting.runCompaction('c', { force: true, signal: AbortSignal.timeout(5) });
is<Equal<typeof compacted, CompactionResult>>();
const { compaction } = await run(agent, 'hi', { session: compacting, compaction: 'await' });
is<Equal<typeof compaction, Promise<CompactionOutcome> | undefined>>();
const outcome = await compaction;
if (outcome?.status === 'done') is<Equal<typeof outcome.folded, number>>();
if (outcome?.status === 'failed') is<Equal<typeof outcome.error, unknown>>();
is<Equal<Awaited<ReturnType<typeof memory.undoCompaction>>, Compaction | undefined>>();
is<Equal<Awaited<ReturnType<typeof memory.compactions>>, Compaction[]>>();
await memory.loadItems('c', { includeCompacted: true });
await memory.loadItems('c', { asSeenBy: compacted.id });
await memory.pinItem('c', 'u');
await memory.pinItem('c', 'u', false);
// @ts-expect-error Python's names are others
new OpenAIResponsesCompactionArgs({ target_items: 50 });
// @ts-expect-error only sessions on a store of ours have an archive
new OpenAIResponsesCompactionSession({ underlyingSession: new MapSession() });
// @ts-expect-error not a strategy
new OpenAIResponsesCompactionSession({ strategy: 'short' });
new MemorySession({ sessionSettings: { compactionEnabled: true, compactionThreshold: 100 } });

setDefaultOpenAI({ apiKey: process.env.OPENAI_API_KEY, fetch, headers: { 'x-tenant': 'a' } });
// @ts-expect-error no such option
setDefaultOpenAI({ key: 'sk' });

const error: unknown = undefined;
if (error instanceof SessionError) {
  // @ts-expect-error not a code of sessions
  error.code === 'max_turns_exceeded';
  is<Equal<(typeof error)['message'], string>>();
}
if (error instanceof APIConnectionError) is<Equal<typeof error.status, number | undefined>>();
if (error instanceof AgentsError) is<Equal<typeof error.code, string>>();

export { Half, half, session };
