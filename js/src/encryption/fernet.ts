import { SessionError } from '../errors.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/** What a token was made of. */
export interface Sealed {
  text: Uint8Array;
  /** Seconds since 1970. */
  time: number;
}

const VERSION = 0x80;
const IV_AT = 9;
const IV_BYTES = 16;
const TEXT_AT = IV_AT + IV_BYTES;
const MAC_BYTES = 32;
/** One block of AES at least. */
const LEAST = TEXT_AT + 16 + MAC_BYTES;

/** A key of Fernet: tokens of AES-128-CBC and HMAC-SHA256 that carry their time, as Python's `cryptography` makes them. */
export class FernetKey {
  readonly #signing: CryptoKey;
  readonly #encryption: CryptoKey;

  private constructor(signing: CryptoKey, encryption: CryptoKey) {
    this.#signing = signing;
    this.#encryption = encryption;
  }

  /** Of 32 bytes, which cannot be read out of it again. */
  static async from(bytes: BufferSource): Promise<FernetKey> {
    const all = new Uint8Array(bytes instanceof ArrayBuffer ? bytes : bytes.buffer);
    const { subtle } = webCrypto();
    const hmac = { name: 'HMAC', hash: 'SHA-256' };
    const [signing, encryption] = await Promise.all([
      subtle.importKey('raw', all.slice(0, 16), hmac, false, ['sign', 'verify']),
      subtle.importKey('raw', all.slice(16, 32), 'AES-CBC', false, ['encrypt', 'decrypt']),
    ]);
    return new FernetKey(signing, encryption);
  }

  /** The token of a text, as ASCII. `time` is in seconds. */
  async seal({ text, time }: Sealed, iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))): Promise<Uint8Array> {
    const { subtle } = webCrypto();
    const encrypted = await subtle.encrypt({ name: 'AES-CBC', iv }, this.#encryption, text as BufferSource);
    const token = new Uint8Array(TEXT_AT + encrypted.byteLength + MAC_BYTES);
    token[0] = VERSION;
    new DataView(token.buffer).setBigUint64(1, BigInt(Math.max(0, Math.floor(time))));
    token.set(iv, IV_AT);
    token.set(new Uint8Array(encrypted), TEXT_AT);
    const signed = token.subarray(0, -MAC_BYTES);
    token.set(new Uint8Array(await subtle.sign('HMAC', this.#signing, signed)), signed.length);
    return toBase64Url(token);
  }

  /** Nothing where the token is of another key, or was changed. */
  async open(token: Uint8Array): Promise<Sealed | undefined> {
    const bytes = fromBase64Url(token);
    if (!bytes || bytes.length < LEAST || bytes[0] !== VERSION) return undefined;
    const { subtle } = webCrypto();
    const signed = bytes.subarray(0, -MAC_BYTES) as Uint8Array<ArrayBuffer>;
    const mac = bytes.subarray(-MAC_BYTES) as Uint8Array<ArrayBuffer>;
    if (!(await subtle.verify('HMAC', this.#signing, mac, signed))) return undefined;
    const iv = signed.subarray(IV_AT, TEXT_AT);
    const text = await subtle.decrypt({ name: 'AES-CBC', iv }, this.#encryption, signed.subarray(TEXT_AT));
    return { text: new Uint8Array(text), time: timeOf(bytes) };
  }
}

function timeOf(token: Uint8Array): number {
  return Number(new DataView(token.buffer, token.byteOffset).getBigUint64(1));
}

/** Browsers keep it from pages that came over http from another machine. */
export function webCrypto(): Crypto {
  if (globalThis.crypto?.subtle) return globalThis.crypto;
  throw new SessionError(
    'unsupported',
    'This place has no WebCrypto (crypto.subtle): browsers give it to pages from https and localhost only.',
  );
}
