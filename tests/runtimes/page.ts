/** The page of the browser tests of runtimes: what a page does itself, and what it has its Workers do. */
import { IndexedDBSession, openSession, SQLiteSession } from 'agents-wasm';

import { MemorySession, remembers, smoke } from './smoke.ts';

/** What a call came to, as a test can take it out of the page. */
async function outcomeOf(call: () => Promise<unknown>): Promise<{ value?: unknown; failure?: string }> {
  try {
    return { value: await call() };
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return { failure: `${name} ${code} ${message}` };
  }
}

/** What comes of a conversation on a session. */
function tryOut(open: () => Awaited<ReturnType<typeof openSession>>): ReturnType<typeof outcomeOf> {
  return outcomeOf(async () => {
    const session = open();
    try {
      await session.saveItems('c', ['Hello']);
      return (await session.storage()).persistence;
    } finally {
      await session.close();
    }
  });
}

const tools = { tryOut, IndexedDBSession, MemorySession, openSession, outcomeOf, remembers, SQLiteSession, smoke };
Object.assign(globalThis, { runtime: tools });

declare global {
  var runtime: typeof tools;
}
