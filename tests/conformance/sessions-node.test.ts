import { MemorySession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { sessionBranchesSuite } from '../support/session-branches-suite.ts';
import { sessionFilesSuite } from '../support/session-files-suite.ts';
import { sessionFoldsSuite } from '../support/session-folds-suite.ts';
import { sessionKeptSuite } from '../support/session-kept-suite.ts';
import { sessionMovingSuite } from '../support/session-moving-suite.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';
import { sessionSearchSuite } from '../support/session-search-suite.ts';

checkLeaks();

sessionRandomSuite('memory', () => new MemorySession(), 150);
sessionRandomSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }), 150);
sessionFoldsSuite('memory', () => new MemorySession());
sessionBranchesSuite('memory', () => new MemorySession());
sessionFoldsSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
sessionKeptSuite('memory', () => new MemorySession());
sessionKeptSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
sessionMovingSuite(
  'memory',
  () => new MemorySession(),
  () => new SQLiteSession({ dbPath: ':memory:' }),
);
sessionMovingSuite(
  'SQLite in memory',
  () => new SQLiteSession({ dbPath: ':memory:' }),
  () => new MemorySession(),
);
sessionFilesSuite('memory', () => new MemorySession());
sessionFilesSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
sessionSearchSuite('memory', () => new MemorySession(), 'scan');
sessionSearchSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }), 'index');
sessionBranchesSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
