import assert from 'node:assert/strict';
import { EncryptedSession, generateEncryptionKey, MemorySession } from 'agents-wasm';

import { interleaved } from './measure.ts';
import { ms, type Row, times } from './table.ts';

// What encryption costs a long conversation, beside what WebCrypto alone takes for as many texts of that length.

const COUNT = 10_000;
const AT_ONCE = 512;
const FILLER = 'some words that people use '.repeat(12);
const ITEMS = Array.from({ length: COUNT }, (_, index) => ({ role: 'user', content: `line ${index}: ${FILLER}` }));
const TURNS = { turns: 5, warmUp: 1 };

export async function encryptionRows(): Promise<Row[]> {
  const encryptionKey = generateEncryptionKey();
  const open = () => new EncryptedSession({ underlyingSession: new MemorySession(), encryptionKey, slowMs: 600_000 });
  const stored = open();
  await stored.saveItems('c', ITEMS);
  let empty = open();
  const { subtle } = crypto;
  const aes = await subtle.generateKey({ name: 'AES-CBC', length: 128 }, false, ['encrypt', 'decrypt']);
  const hmac = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const iv = new Uint8Array(16);
  const text = new TextEncoder().encode(JSON.stringify(ITEMS[0]));
  const sealed = await subtle.encrypt({ name: 'AES-CBC', iv }, aes, text);
  const mac = await subtle.sign('HMAC', hmac, sealed);
  const measured = await interleaved(
    {
      save: {
        async prepare() {
          await empty.close();
          empty = open();
        },
        work: () => empty.saveItems('c', ITEMS),
      },
      load: {
        work: async () => assert.equal((await stored.loadItems('c')).length, COUNT),
      },
      bareSave: {
        work: () =>
          inBatches(async () => subtle.sign('HMAC', hmac, await subtle.encrypt({ name: 'AES-CBC', iv }, aes, text))),
      },
      bareLoad: {
        work: () =>
          inBatches(async () => {
            assert.ok(await subtle.verify('HMAC', hmac, mac, sealed));
            await subtle.decrypt({ name: 'AES-CBC', iv }, aes, sealed);
          }),
      },
    },
    TURNS,
  );
  await Promise.all([stored.close(), empty.close()]);
  const { save, load, bareSave, bareLoad } = measured;
  return [row('save', save, bareSave), row('load', load, bareLoad)];
}

async function inBatches(work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < COUNT; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function row(what: string, ours: number, bare: number): Row {
  return {
    what: `${what} 10,000 items, encrypted`,
    ours: ms(ours),
    peer: '',
    ratio: '',
    measure: `${times(ours / bare)} of WebCrypto alone (${ms(bare)})`,
    budget: '≤ 3×',
    kept: ours <= 3 * bare,
  };
}
