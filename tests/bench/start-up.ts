import { spawnSync } from 'node:child_process';

import { median } from './measure.ts';
import { ms, type Row, times } from './table.ts';

// A fresh process each time: from the import to the point where a first call would be answered at once.

const OURS = `
  const { Agent, init } = await import('agents-wasm');
  await init();
  new Agent({ name: 'assistant' });`;
const PEERS = `
  const { Agent, Runner } = await import('@openai/agents');
  new Agent({ name: 'assistant' }); new Runner();`;

function once(program: string): number {
  const timed = `const start = performance.now(); ${program} console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', timed], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, OPENAI_API_KEY: 'none' },
  });
  if (status !== 0) throw new Error(`The start-up row failed: ${stderr}`);
  return Number(stdout);
}

export function startUpRow(): Row {
  const ours: number[] = [];
  const peers: number[] = [];
  for (let turn = 0; turn < 15; turn++) {
    ours.push(once(OURS));
    peers.push(once(PEERS));
  }
  const [us, them] = [median(ours), median(peers)];
  return {
    what: 'import to ready, Node',
    ours: ms(us),
    peer: ms(them),
    ratio: times(them / us),
    measure: '',
    budget: '≤ 20 ms',
    kept: us <= 20,
  };
}
