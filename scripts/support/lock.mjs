import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { say } from './console.mjs';

/**
 * Runs `work` while holding the lock `file`, so that two clones never fill one cache at the same time. The kernel holds
 * the lock for a child that lives as long as our end of its input, so a killed setup leaves no stale lock behind.
 */
export async function locked(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = setTimeout(() => say('Another setup is at work in the same cache; waiting for it.'), 1000);
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('error', reject).once('close', () => reject(new Error(`The lock ${file} cannot be taken.`)));
    });
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.destroy();
  }
}
