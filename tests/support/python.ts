import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Item } from 'agents-wasm';

/** A process that does to a file what the SDK for Python does, statement by statement. */
export async function startPython(dbPath: string) {
  const python = await spawnPython('python-session', dbPath);
  return {
    ...python,
    add: (id: string, ...items: unknown[]) => python.ask('add', id, items),
    get: (id: string, limit: number | null = null): Promise<Item[]> => python.ask('get', id, limit),
    pop: (id: string): Promise<Item | null> => python.ask('pop', id),
    clear: (id: string) => python.ask('clear', id),
  };
}

/** As `startPython`, of either session of the SDK; `ask` takes one command of the script. */
export async function spawnPython(name: 'python-session' | 'python-advanced', dbPath: string) {
  const script = new URL(`./${name}.py`, import.meta.url).pathname;
  const child = spawn('python3', [script, dbPath], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', () => assert.fail('python3 is needed for this test and was not found.'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(...command: unknown[]) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await lines.next();
      assert.ok(!done, 'python3 ended before it answered.');
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
