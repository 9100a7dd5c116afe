import { kindOf, refuse } from '../check.ts';
import { SessionError, UserError } from '../errors.ts';
import { parseText } from '../items.ts';
import { toBase64Url } from './base64url.ts';
import { FernetKey, webCrypto } from './fernet.ts';

/**
 * A secret text, or a function that gives that of each conversation, and `undefined` where there is none: what is stored
 * of that conversation can then be deleted, and nothing else. The function is asked at every call; if finding a key takes
 * long, let it remember.
 */
export type EncryptionKey = string | ((conversationId: string) => KeyAnswer | Promise<KeyAnswer>);
type KeyAnswer = string | undefined;

const encoder = new TextEncoder();
const KEY_INFO = encoder.encode('agents.session-store.hkdf.v1');
const HIDING_INFO = encoder.encode('agents_wasm.fingerprint.v1');
/** Deriving is quick, and an application with many conversations must not keep the keys of all of them. */
const KEPT_CONVERSATIONS = 500;

/**
 * A new key of 256 random bits, for an `EncryptedSession` here or in Python. Keep it where the conversations are not: who
 * loses it loses them.
 *
 * @example
 * const session = new EncryptedSession({ underlyingSession, encryptionKey: generateEncryptionKey() });
 */
export function generateEncryptionKey(): string {
  return parseText(toBase64Url(crypto.getRandomValues(new Uint8Array(32))));
}

/** Derives the keys of conversations from what the caller holds, and remembers those of the last ones. */
export class Keyring {
  #current: EncryptionKey;
  #previous: EncryptionKey[];
  readonly #known = new Map<string, { secrets: string; keys: Promise<ConversationKeys> }>();

  constructor(current: EncryptionKey, previous: readonly EncryptionKey[]) {
    this.#current = current;
    this.#previous = [...previous];
  }

  /** Nothing where the caller's function has no key. It is asked every time: a key that it gives no more is used no more. */
  async of(conversationId: string): Promise<ConversationKeys | undefined> {
    const secret = await secretOf(this.#current, conversationId);
    if (secret === undefined) {
      this.forget(conversationId);
      return undefined;
    }
    const previous = await Promise.all(this.#previous.map((key) => secretOf(key, conversationId)));
    return this.#keysOf(conversationId, [secret, ...previous.filter((one) => one !== undefined)]);
  }

  forget(conversationId: string): void {
    this.#known.delete(conversationId);
  }

  /** From now on `key` encrypts. What the one before did is still read. */
  replace(key: EncryptionKey): void {
    this.#previous = [this.#current, ...this.#previous];
    this.#current = key;
    this.#known.clear();
  }

  #keysOf(conversationId: string, [secret = '', ...others]: string[]): Promise<ConversationKeys> {
    const secrets = JSON.stringify([secret, ...others]);
    const known = this.#known.get(conversationId);
    const keys = known?.secrets === secrets ? known.keys : ConversationKeys.from(conversationId, secret, others);
    this.#known.delete(conversationId);
    this.#known.set(conversationId, { secrets, keys });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT_CONVERSATIONS) break;
      this.#known.delete(oldest);
    }
    return keys;
  }
}

/** The keys of one conversation. */
export class ConversationKeys {
  readonly #secret: string;
  readonly #conversationId: string;
  readonly #others: string[];
  #previous: Promise<FernetKey[]> | undefined;
  /** What is written is encrypted with it. */
  readonly current: FernetKey;
  /** Whether they opened something of the conversation, or made it. */
  proven = false;

  private constructor(conversationId: string, secret: string, others: string[], current: FernetKey) {
    this.#conversationId = conversationId;
    this.#secret = secret;
    this.#others = others;
    this.current = current;
  }

  static async from(conversationId: string, secret: string, others: string[]): Promise<ConversationKeys> {
    return new ConversationKeys(conversationId, secret, others, await itemKey(secret, conversationId));
  }

  /** What may have been used before. */
  previous(): Promise<FernetKey[]> {
    this.#previous ??= Promise.all(this.#others.map((one) => itemKey(one, this.#conversationId)));
    return this.#previous;
  }

  /** The same for the same text, and nothing that it could be guessed from. */
  async hide(text: string): Promise<string> {
    const { subtle } = webCrypto();
    const bits = await deriveBits(this.#secret, this.#conversationId, HIDING_INFO);
    const key = await subtle.importKey('raw', bits, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const hidden = new Uint8Array(await subtle.sign('HMAC', key, encoder.encode(text)));
    return parseText(toBase64Url(hidden));
  }
}

async function secretOf(key: EncryptionKey, conversationId: string): Promise<KeyAnswer> {
  if (typeof key === 'string') return key;
  let secret: unknown;
  try {
    secret = await key(conversationId);
  } catch {
    // What it threw may hold the key, so that not even the cause is kept.
    throw new UserError('callback_failed', 'The function encryptionKey failed.');
  }
  if (secret !== undefined) checkKey('What encryptionKey gave', secret);
  return secret as KeyAnswer;
}

/** A text of at least one character. */
export function checkKey(argument: string, key: unknown): asserts key is string {
  if (typeof key !== 'string') refuse(argument, key, 'a string');
  if (key === '' || !key.isWellFormed()) {
    const flaw = key === '' ? 'is empty' : 'contains a lone surrogate';
    throw new UserError('invalid_argument', `${argument} must be a well-formed text of your own, but ${flaw}.`);
  }
}

/** As an option: a function too. */
export function checkKeyOption(argument: string, key: unknown): asserts key is EncryptionKey {
  if (typeof key === 'function') return;
  if (typeof key !== 'string') {
    throw new UserError('invalid_argument', `${argument} must be a string or a function, but is ${kindOf(key)}.`);
  }
  checkKey(argument, key);
}

export async function itemKey(secret: string, conversationId: string): Promise<FernetKey> {
  return FernetKey.from(await deriveBits(secret, conversationId, KEY_INFO));
}

async function deriveBits(secret: string, conversationId: string, info: BufferSource): Promise<ArrayBuffer> {
  const { subtle } = webCrypto();
  const master = await subtle.importKey('raw', masterBytes(secret), 'HKDF', false, ['deriveBits']);
  const salt = encoder.encode(conversationId);
  return subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, master, 256);
}

/** As the SDK for Python takes a key: 32 bytes of URL-safe base64, or its UTF-8. */
function masterBytes(secret: string): Uint8Array<ArrayBuffer> {
  return thirtyTwoBytes(secret) ?? encoder.encode(secret);
}

/** Python's reader of base64 passes over what is no digit, and stops where a group of four ends in padding. */
function thirtyTwoBytes(secret: string): Uint8Array<ArrayBuffer> | undefined {
  let digits = '';
  let padding = 0;
  for (const character of secret) {
    // It takes ASCII only.
    if (character > '\x7f') return undefined;
    if (/[\w+/-]/.test(character)) {
      digits += character;
      padding = 0;
    } else if (character === '=' && digits.length % 4 > 1 && (digits.length % 4) + ++padding === 4) break;
  }
  if (padding !== 1 || digits.length !== 43) return undefined;
  const text = digits.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** That the key does not open what is stored. Nothing was changed, and nothing of either is in the message. */
export function wrongKey(): SessionError {
  return new SessionError(
    'wrong_key',
    'encryptionKey does not open what is stored of this conversation, or that was damaged. Nothing was changed.',
  );
}

export function noKey(): SessionError {
  return new SessionError('wrong_key', 'encryptionKey has no key for this conversation. Nothing was changed.');
}
