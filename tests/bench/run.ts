import { cpus } from 'node:os';

import { bundleRow } from './bundles.ts';
import { runRows } from './runs.ts';
import { startUpRow } from './start-up.ts';
import { asTable } from './table.ts';

const rows = [...(await runRows()), startUpRow(), await bundleRow()];
const [cpu] = cpus();
console.log(`\n${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpu?.model}\n`);
console.log(asTable(rows));
const missed = rows.filter((row) => !row.kept);
console.log(
  missed.length === 0 ? '\nAll budgets are kept.' : `\n${missed.length} of ${rows.length} budgets are missed.`,
);
