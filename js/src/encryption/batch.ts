import type { Sealed } from './fernet.ts';
import { type ConversationKeys, wrongKey } from './keys.ts';

/** As many at once as keep WebCrypto's threads busy; more would only hold more texts in memory. */
const AT_ONCE = 512;

/** The tokens of texts, in their order. */
export function sealAll(keys: ConversationKeys, texts: readonly Sealed[]): Promise<Uint8Array[]> {
  return inBatches(texts, (one) => keys.current.seal(one));
}

/** A text out of a token, and whether a key of before was needed for it. */
export interface OpenedToken extends Sealed {
  isOld: boolean;
}

/** The texts of tokens, in their order. Fails with `wrong_key` if one of them is of none of the keys. */
export function openAll(keys: ConversationKeys, tokens: readonly Uint8Array[]): Promise<OpenedToken[]> {
  return inBatches(tokens, async (token) => {
    const opened = await keys.current.open(token);
    if (opened) return { ...opened, isOld: false };
    for (const key of await keys.previous()) {
      const old = await key.open(token);
      if (old) return { ...old, isOld: true };
    }
    throw wrongKey();
  });
}

async function inBatches<From, To>(all: readonly From[], work: (one: From) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    done.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))));
  }
  return done;
}
