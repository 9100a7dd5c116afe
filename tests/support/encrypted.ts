import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Item } from 'agents-wasm';

import { readPage, type StoredPage } from '../../dist/sessions/store-calls.js';

// What the SDK for Python does with an item, with other parts than ours.

const INFO = 'agents.session-store.hkdf.v1';

function fernetKey(secret: string, conversationId: string): [signing: Buffer, encryption: Buffer] {
  const decoded = Buffer.from(secret, 'base64url');
  const master = decoded.length === 32 && /^[\w-]{43}=$/.test(secret) ? decoded : Buffer.from(secret);
  const key = Buffer.from(hkdfSync('sha256', master, conversationId, INFO, 32));
  return [key.subarray(0, 16), key.subarray(16)];
}

export function encrypted(item: unknown, secret: string, conversationId: string, seconds = Date.now() / 1000): Item {
  const [signing, encryption] = fernetKey(secret, conversationId);
  const head = Buffer.alloc(25);
  head[0] = 0x80;
  head.writeBigUInt64BE(BigInt(Math.floor(seconds)), 1);
  const iv = randomBytes(16);
  iv.copy(head, 9);
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const text = typeof item === 'string' ? item : JSON.stringify(item);
  const signed = Buffer.concat([head, cipher.update(text, 'utf8'), cipher.final()]);
  const token = Buffer.concat([signed, createHmac('sha256', signing).update(signed).digest()]);
  const digits = token.toString('base64url');
  return { __enc__: 1, v: 1, kid: 'hkdf-v1', payload: digits.padEnd(Math.ceil(digits.length / 4) * 4, '=') };
}

/** The text of an envelope, or of a token. */
export function decrypted(envelope: Item | string, secret: string, conversationId: string): string {
  const [signing, encryption] = fernetKey(secret, conversationId);
  const token = Buffer.from(typeof envelope === 'string' ? envelope : envelope['payload'], 'base64url');
  const signed = token.subarray(0, -32);
  const mac = createHmac('sha256', signing).update(signed).digest();
  if (!mac.equals(token.subarray(-32))) throw new Error('The token is of another key.');
  const cipher = createDecipheriv('aes-128-cbc', encryption, signed.subarray(9, 25));
  return Buffer.concat([cipher.update(signed.subarray(25)), cipher.final()]).toString();
}

/** All that a store has of a conversation, as it lies there. */
export async function everythingOf(session: Parameters<typeof readPage>[0], id: string): Promise<StoredPage[]> {
  const history = await readPage(session, { conversationId: id, shelves: '', origins: true });
  const names = history.shelves?.map(({ name }) => name) ?? [];
  const shelves = names.map((shelf) => readPage(session, { conversationId: id, shelf, origins: true }));
  return [history, ...(await Promise.all(shelves))];
}
