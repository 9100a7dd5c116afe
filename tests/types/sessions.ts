// Only compiled: what a caller's compiler makes of sessions and errors.
import {
  Agent,
  AgentsError,
  APIConnectionError,
  type Conversation,
  type Item,
  type LoadOptions,
  MemorySession,
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
