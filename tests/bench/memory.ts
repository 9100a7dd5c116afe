import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { type Row, times } from './table.ts';

// What one run allocates on a conversation of 10,000 items, in a process of its own whose garbage stays where it is.

const PROGRAM = join(import.meta.dirname, 'memory-run.ts');
/** Room for all that a run leaves behind, so that nothing is collected while it is measured. */
const ROOM = ['--max-semi-space-size=1024', '--min-semi-space-size=1024'];

export function memoryRow(): Row {
  const us = measure('us');
  const them = measure('them');
  return {
    what: 'memory of one run(), 10,000 stored items',
    ours: megabytes(us.rise),
    peer: megabytes(them.rise),
    ratio: times(them.rise / us.rise),
    measure: `${(us.rise / us.history).toFixed(1)} × the history (${megabytes(us.history)})`,
    budget: '≤ 3 × the history',
    kept: us.rise <= 3 * us.history,
  };
}

function measure(side: string): { rise: number; history: number } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...ROOM, '--expose-gc', PROGRAM, side], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The memory row failed: ${stderr}`);
  return JSON.parse(stdout);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
