// Runs in Node, Deno and Bun: the path of a database is its argument.
import process from 'node:process';
import { SQLiteSession } from 'agents-wasm';

import { proxies } from './edge.ts';
import { MemorySession, remembers, smoke } from './smoke.ts';

const dbPath = process.argv.at(-1) as string;
await smoke('MemorySession', () => new MemorySession());
await smoke('SQLiteSession', () => new SQLiteSession({ dbPath: ':memory:' }));
await smoke('SQLiteSession', () => new SQLiteSession({ dbPath }));
await remembers(new SQLiteSession({ dbPath }));
await proxies();
process.stdout.write('all is well\n');
