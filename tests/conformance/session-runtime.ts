/**
 * The suites of a session in a file of node:sqlite, in any runtime that has it: with fewer runs than in Node 24, on which
 * the core is the same. Takes a folder for the files.
 */
import { join } from 'node:path';
import { MemorySession, SQLiteSession } from 'agents-wasm';

import { compactionSuite } from '../support/compaction-suite.ts';
import { runCollected } from '../support/page-test.ts';
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

const folder = process.argv[2] as string;
const kind = 'file';
let files = 0;
// What is large here is slow, and no matter.
const open = () => new SQLiteSession({ dbPath: join(folder, `suite-${++files}.db`), slowMs: 600_000 });

sessionSuite(kind, open, { runs: 30 });
sessionEditSuite(kind, open, 30);
compactionSuite(kind, open);
sessionRandomSuite(kind, open, 25);
sessionFoldsSuite(kind, open, 10);
sessionKeptSuite(kind, open);
sessionMovingSuite(kind, open, () => new MemorySession(), 5);
sessionFilesSuite(kind, open);
sessionReportsSuite(kind, open);
sessionSearchSuite(kind, open, 'index');
sessionBranchesSuite(kind, open, 5);
sdkSessionSuite(`${kind}, for the Agents SDK`, () => {
  const session = open();
  return { session: session.conversation('c'), close: () => session.close() };
});

await runCollected();
