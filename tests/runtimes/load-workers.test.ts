import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { askJson, askRun, seed } from '../bench/load/ask.ts';
import { fire } from '../bench/load/fire.ts';
import { startNode, startWorkerd } from '../bench/load/servers.ts';
import { SIDES } from '../bench/load/setting.ts';

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-load-'));
after(() => rmSync(folder, { recursive: true }));

for (const [where, start] of Object.entries({ workerd: startWorkerd, Node: startNode })) {
  for (const side of SIDES) {
    test(`the load's ${side} side runs in ${where}, keeps what was said, and answers many at once`, {
      timeout: 120_000,
    }, async () => {
      const server = await start(side, join(folder, `${where}-${side}`));
      try {
        await seed(server, 'chat', { items: 20, user: 'user-0' });
        await askRun(server, { conversation: 'chat', user: 'user-0' });
        assert.deepEqual(await askJson(server, '/stored/chat', { user: 'user-0' }), { items: 22 });
        const paths = () => ['/api/conversations/chat/runs', '/api/conversations'];
        // Of those that a starved workerd ends, which fire() bounds, the answer was not heard, and may be stored.
        const { times, lost } = await fire(server, { connections: 2, amount: 8, paths });
        assert.equal(times.length + lost, 8);
        const { items } = await askJson<{ items: number }>(server, '/stored/chat', { user: 'user-1' });
        assert.ok(lost > 0 ? items <= 4 : items === 4, `${items} items, ${lost} lost`);
      } finally {
        await server.close();
      }
    });
  }
}
