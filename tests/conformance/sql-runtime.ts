/** The suite of a SQL database on node:sqlite, in any runtime that has it. Takes a folder for its files. */
import { join } from 'node:path';
import { openSqlDatabase } from '../../dist/bridges/sql-database.js';
import { runCollected } from '../support/page-test.ts';
import { sqlDatabaseSuite } from './sql-suite.ts';

const folder = process.argv[2] as string;
sqlDatabaseSuite('file', (name) => openSqlDatabase({ dbPath: join(folder, name) }));
sqlDatabaseSuite('memory', () => openSqlDatabase({ dbPath: ':memory:' }));

await runCollected();
