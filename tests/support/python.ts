import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Item } from 'agents-wasm';

/** A process that does to a file what the SDK for Python does, statement by statement. */
export async function startPython(dbPath: string) {
  const script = new URL('./python-session.py', import.meta.url).pathname;
  const child = spawn('python3', [script, dbPath], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', () => assert.fail('python3 is needed for this test and was not found.'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (...command: unknown[]) => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await lines.next();
    assert.ok(!done, 'python3 ended before it answered.');
    return JSON.parse(value);
  };
  return {
    add: (id: string, ...items: unknown[]) => ask('add', id, items),
    get: (id: string, limit: number | null = null): Promise<Item[]> => ask('get', id, limit),
    pop: (id: string): Promise<Item | null> => ask('pop', id),
    clear: (id: string) => ask('clear', id),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
