// Runs in workerd.
import { SQLiteSession } from 'agents-wasm';

import { proxies } from './edge.ts';
import { MemorySession, smoke } from './smoke.ts';

export default {
  async fetch(): Promise<Response> {
    try {
      await proxies();
      const said = await smoke('MemorySession', () => new MemorySession());
      const { name, code } = await new SQLiteSession({ dbPath: 'a.db' }).loadItems('c').catch((failure) => failure);
      return Response.json({ said, sqlite: [name, code] });
    } catch (error) {
      return Response.json({ error: String((error as Error).stack ?? error) }, { status: 500 });
    }
  },
};
