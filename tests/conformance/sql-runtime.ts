/** The suite on the node:sqlite of Deno and Bun: prints one JSON line a case. Takes a folder for its files. */
import { join } from 'node:path';
import { openSqlDatabase } from '../../dist/bridges/sql-database.js';
import { collected } from '../support/page-test.ts';
import { sqlDatabaseSuite } from './sql-suite.ts';

const folder = process.argv[2] as string;
sqlDatabaseSuite('file', (name) => openSqlDatabase({ dbPath: join(folder, name) }));
sqlDatabaseSuite('memory', () => openSqlDatabase({ dbPath: ':memory:' }));

for (const [index, name] of collected.names().entries()) {
  process.stdout.write(`${JSON.stringify({ name, failure: await collected.run(index) })}\n`);
}
