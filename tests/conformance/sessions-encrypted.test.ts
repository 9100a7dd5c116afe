import { EncryptedSession, MemorySession, type Session, SQLiteSession } from 'agents-wasm';

import { compactionSuite } from '../support/compaction-suite.ts';
import { checkLeaks } from '../support/local-api.ts';
import { sdkSessionSuite } from '../support/sdk-session-suite.ts';
import { sessionEditSuite } from '../support/session-edit-suite.ts';
import { sessionFoldsSuite } from '../support/session-folds-suite.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';
import { sessionSuite } from '../support/session-suite.ts';

checkLeaks();

// What is large here is slow, and no matter.
const quiet = { slowMs: 600_000 };
const over = (underlyingSession: Session) =>
  new EncryptedSession({ underlyingSession, encryptionKey: 'open sesame', ...quiet });
const kinds = {
  'encrypted memory': () => over(new MemorySession(quiet)),
  'encrypted SQLite in memory': () => over(new SQLiteSession({ dbPath: ':memory:', ...quiet })),
};

for (const [kind, open] of Object.entries(kinds)) {
  sessionSuite(kind, open, { megabytes: 2 });
  sessionEditSuite(kind, open);
  compactionSuite(kind, open);
  sessionRandomSuite(kind, open, 10);
  sessionFoldsSuite(kind, open, 5);
  sdkSessionSuite(`${kind}, for the Agents SDK`, () => {
    const session = open();
    return { session: session.conversation('c'), close: () => session.close() };
  });
}
