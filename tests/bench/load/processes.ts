import { readdirSync, readFileSync } from 'node:fs';

// What Linux tells of another process.

const TICKS_PER_SECOND = 100;

export function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '));
  return children.filter((child) => child.trim() !== '').map(Number);
}

/** Bytes of memory that it has. */
export function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kilobytes === undefined) throw new Error(`Process ${pid} has no memory.`);
  return Number(kilobytes) * 1024;
}

/** Milliseconds of processor time that it has used, on all cores. */
export function processorTimeOf(pid: number): number {
  // The name, in brackets, may have blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
