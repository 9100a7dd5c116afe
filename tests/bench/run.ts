import { cpus } from 'node:os';

import { bundleRow } from './bundles.ts';
import { encryptionRows } from './encryption.ts';
import { chatRow, streamRows, toolsRow } from './long-runs.ts';
import { memoryRow } from './memory.ts';
import { runRows } from './runs.ts';
import { SEARCH_HEAD, searchRows } from './search.ts';
import { startUpRow } from './start-up.ts';
import { STORE_HEAD, storeRows } from './stores.ts';
import { asTable, tableOf } from './table.ts';

const rows = [
  ...(await runRows()),
  await toolsRow(),
  ...(await streamRows()),
  await chatRow(),
  ...(await encryptionRows()),
  memoryRow(),
  startUpRow(),
  await bundleRow(),
];
const stores = await storeRows();
const searches = await searchRows();
const [cpu] = cpus();
console.log(`\n${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpu?.model}\n`);
console.log(`${asTable(rows)}\n`);
console.log(
  tableOf(
    STORE_HEAD,
    stores.map(({ cells }) => cells),
  ),
);
console.log(
  `\n${tableOf(
    SEARCH_HEAD,
    searches.map(({ cells }) => cells),
  )}`,
);
const all = [...rows, ...stores, ...searches];
const missed = all.filter(({ kept }) => !kept);
console.log(
  missed.length === 0 ? '\nAll budgets are kept.' : `\n${missed.length} of ${all.length} budgets are missed.`,
);
