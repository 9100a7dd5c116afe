import { MemorySession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';

checkLeaks();

sessionRandomSuite('memory', () => new MemorySession(), 150);
sessionRandomSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }), 150);
