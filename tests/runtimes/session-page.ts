/** What every store promises, for the browsers beside Chromium: the suites of tests/conformance, with fewer runs. */
import { IndexedDBSession, MemorySession, SQLiteSession } from 'agents-wasm';

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
  opfs: () => new SQLiteSession({ dbPath: `suite-${++databases}.db`, ...quiet }),
  indexeddb: () => new IndexedDBSession({ dbName: `suite-${++databases}`, ...quiet }),
};

for (const [kind, open] of Object.entries(kinds)) {
  sessionSuite(kind, open, { megabytes: 1, runs: 20 });
  sessionEditSuite(kind, open, 20);
  compactionSuite(kind, open);
  sessionRandomSuite(kind, open, 10);
  sessionFoldsSuite(kind, open, 3);
  sessionKeptSuite(kind, open);
  sessionMovingSuite(kind, open, () => new MemorySession(quiet), 2);
  sessionFilesSuite(kind, open);
  sessionReportsSuite(kind, open);
  sessionSearchSuite(kind, open, kind === 'opfs' ? 'index' : 'scan');
  sessionBranchesSuite(kind, open, 3);
  sdkSessionSuite(`${kind}, for the Agents SDK`, () => {
    const session = open();
    return { session: session.conversation('c'), close: () => session.close() };
  });
}

Object.assign(globalThis, { suite: collected });
