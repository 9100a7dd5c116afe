import { refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { elementText, type Item, parseJson } from '../items.ts';
import type { LoadOptions, SaveOptions, Session } from '../sessions/session.ts';
import { openAll, sealAll } from './batch.ts';
import { envelopeOf, tokenIn } from './envelope.ts';
import { type ConversationKeys, type Keyring, noKey } from './keys.ts';

const encoder = new TextEncoder();

/** The items of a session that can only load and save, encrypted. */
export class EncryptedItems {
  readonly #session: Session;
  readonly #keyring: Keyring;
  readonly #ttl: number;

  /** `ttl` is in seconds. */
  constructor(session: Session, keyring: Keyring, ttl = Number.POSITIVE_INFINITY) {
    this.#session = session;
    this.#keyring = keyring;
    this.#ttl = ttl;
  }

  async load(conversationId: string, options: LoadOptions = {}): Promise<Item[]> {
    const { maxItems } = options;
    let asked = maxItems;
    for (;;) {
      const stored = await this.#session.loadItems(conversationId, asked === undefined ? {} : { maxItems: asked });
      const items = await this.#open(conversationId, stored);
      if (maxItems === undefined || asked === undefined) return items;
      if (items.length >= maxItems || stored.length < asked) return items.slice(Math.max(0, items.length - maxItems));
      asked *= 2;
    }
  }

  async save(conversationId: string, items: readonly (Item | string)[], options?: Partial<SaveOptions>): Promise<void> {
    if (!Array.isArray(items)) refuse('items', items, 'an array of items');
    const now = Date.now() / 1000;
    const texts = items.map((item, index) => elementText(meant(item), `items[${index}]`));
    const keys = await this.#provenKeys(conversationId);
    const tokens = await sealAll(
      keys,
      texts.map((text) => ({ text: encoder.encode(text), time: now })),
    );
    await this.#session.saveItems(
      conversationId,
      tokens.map((token) => parseJson<Item>(envelopeOf(token))),
      options as SaveOptions,
    );
    keys.proven = true;
  }

  /** Tried on the newest items, so that nothing is ever mixed with what another key encrypted. */
  async #provenKeys(conversationId: string): Promise<ConversationKeys> {
    const keys = await this.#keys(conversationId);
    if (!keys.proven) await this.#open(conversationId, await this.#session.loadItems(conversationId, { maxItems: 8 }));
    return keys;
  }

  /** Without what has expired. */
  async #open(conversationId: string, stored: readonly Item[]): Promise<Item[]> {
    const tokens = stored.map((item) => tokenIn(encoder.encode(JSON.stringify(item))));
    const given = tokens.filter((token) => token !== undefined);
    if (given.length === 0) return [...stored];
    const keys = await this.#keys(conversationId);
    const opened = await openAll(keys, given);
    keys.proven = true;
    const oldest = Math.floor(Date.now() / 1000) - this.#ttl;
    let next = 0;
    return stored.flatMap((item, index) => {
      const one = tokens[index] ? opened[next++] : undefined;
      if (!one) return [item];
      return one.time < oldest ? [] : [parseJson<Item>(one.text)];
    });
  }

  async #keys(conversationId: string): Promise<ConversationKeys> {
    const keys = await this.#keyring.of(conversationId);
    if (!keys) throw noKey();
    return keys;
  }
}

/** A string in a list is a user's message, and so is `{type: 'user', content}`: nobody below will know. */
function meant(item: Item | string): Item {
  if (typeof item === 'string') return { role: 'user', content: item };
  if (item?.type !== 'user') return item;
  const { type: _, role: __, ...rest } = item;
  return { role: 'user', ...rest };
}

/** What more a session on a store of ours can do. */
export function onlyItems(): SessionError {
  return new SessionError('unsupported', 'The underlying session can only load and save items, and so can this one.');
}
