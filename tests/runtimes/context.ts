/** Runs as a Worker of any kind: it answers what came of an agent that works in it. */
import { openSession, SQLiteSession } from 'agents-wasm';

import { smoke } from './smoke.ts';

interface Port {
  postMessage(message: unknown): void;
}

async function answer(name: string, port: Port): Promise<void> {
  try {
    const { persistence, reason } = await openSession({ name }).then(async (session) => {
      const storage = await session.storage();
      await session.close();
      return storage;
    });
    const said = await smoke(persistence === 'opfs' ? 'SQLiteSession' : 'IndexedDBSession', () =>
      openSession({ name }),
    );
    const sqlite = await new SQLiteSession({ dbPath: 'refused.db' }).saveItems('c', ['Hello']).then(
      () => 'kept',
      ({ name, code, message }) => `${name} ${code} ${message}`,
    );
    port.postMessage({ persistence, reason, said: said.length, sqlite });
  } catch (error) {
    port.postMessage({ failure: String((error as Error).stack) });
  }
}

addEventListener('message', (event) => {
  const { data, source } = event as MessageEvent<string>;
  void answer(data, (source as Port | null) ?? (globalThis as unknown as Port));
});
addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports as [MessagePort];
  port.onmessage = ({ data }) => void answer(data, port);
});
