// Runs in a Node that may have no node:sqlite.
import process from 'node:process';
import { SQLiteSession } from 'agents-wasm';

import { proxies } from './edge.ts';
import { MemorySession, smoke } from './smoke.ts';

await smoke('MemorySession', () => new MemorySession());
await proxies();
const outcome = await new SQLiteSession({ dbPath: 'old.db' }).saveItems('c', ['Hello']).then(
  () => 'kept',
  ({ name, code, message }) => `${name} ${code} ${message}`,
);
process.stdout.write(`${outcome}\n`);
