/** The page of the browser tests of sessions: what all stores promise, and a session for tests that do more. */
import {
  Agent,
  EncryptedSession,
  IndexedDBSession,
  MemorySession,
  openSession,
  requestPersistence,
  run,
  SQLiteSession,
} from 'agents-wasm';
import { applyChange, readPage } from '../../dist/sessions/store-calls.js';
import { compactionSuite } from '../support/compaction-suite.ts';
import { collected } from '../support/page-test.ts';
import { sdkSessionSuite } from '../support/sdk-session-suite.ts';
import { sessionBranchesSuite } from '../support/session-branches-suite.ts';
import { sessionEditSuite } from '../support/session-edit-suite.ts';
import { sessionFilesSuite } from '../support/session-files-suite.ts';
import { sessionFoldsSuite } from '../support/session-folds-suite.ts';
import { sessionKeptSuite } from '../support/session-kept-suite.ts';
import { sessionMovingSuite } from '../support/session-moving-suite.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';
import { sessionReportsSuite } from '../support/session-reports-suite.ts';
import { sessionSearchSuite } from '../support/session-search-suite.ts';
import { sessionSuite } from '../support/session-suite.ts';

let databases = 0;
// What is large here is slow, and no matter.
const quiet = { slowMs: 600_000 };
const kinds = {
  'memory in Chromium': () => new MemorySession(quiet),
  'sqlite-wasm memory': () => new SQLiteSession({ dbPath: ':memory:', ...quiet }),
  'sqlite-wasm OPFS': () => new SQLiteSession({ dbPath: `suite-${++databases}.db`, ...quiet }),
  IndexedDB: () => new IndexedDBSession({ dbName: `suite-${++databases}`, ...quiet }),
};

for (const [kind, open] of Object.entries(kinds)) {
  sessionSuite(kind, open);
  sessionEditSuite(kind, open);
  compactionSuite(kind, open);
  sessionRandomSuite(kind, open, 100);
  sessionFoldsSuite(kind, open);
  sessionKeptSuite(kind, open);
  sessionMovingSuite(kind, open, kinds['memory in Chromium'], 10);
  sessionFilesSuite(kind, open);
  sessionReportsSuite(kind, open);
  sessionSearchSuite(kind, open, kind.startsWith('sqlite') ? 'index' : 'scan');
  sessionBranchesSuite(kind, open);
  sdkSessionSuite(`${kind}, for the Agents SDK`, () => {
    const session = open();
    return { session: session.conversation('c'), close: () => session.close() };
  });
}

const encrypted = {
  'encrypted OPFS': kinds['sqlite-wasm OPFS'],
  'encrypted IndexedDB': kinds.IndexedDB,
};

for (const [kind, underlying] of Object.entries(encrypted)) {
  const open = () => new EncryptedSession({ underlyingSession: underlying(), encryptionKey: 'open sesame', ...quiet });
  sessionSuite(kind, open, { megabytes: 1 });
  compactionSuite(kind, open);
  sessionFoldsSuite(kind, open, 3);
}

interface Outcome {
  value?: unknown;
  name?: string | undefined;
  code?: string | undefined;
  message?: string | undefined;
}

/** What a call came to, as a test can take it out of the page. */
async function outcome(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await call() };
  } catch (error) {
    const { name, code, message } = error as Outcome;
    return { name, code, message };
  }
}

const tools = { Agent, IndexedDBSession, SQLiteSession, openSession, requestPersistence, applyChange, readPage, run };
Object.assign(globalThis, { suite: collected, agents: tools, outcomeOf: outcome });

declare global {
  var suite: typeof collected;
  var agents: typeof tools;
  var outcomeOf: typeof outcome;
}
