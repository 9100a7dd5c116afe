import { badRequest } from '../errors.ts';

/** Sealed texts begin as the live API's do, with `gAAAAA`. */
const MARK = [0x80, 0, 0, 0, 0];
const CHECKSUM_AT = MARK.length;
const TEXT_AT = CHECKSUM_AT + 4;

/** The text in a form that only this server reads back. It hides nothing: it only shows when somebody changed it. */
export function seal(text: string): string {
  const written = new TextEncoder().encode(text);
  const bytes = new Uint8Array(TEXT_AT + written.length);
  bytes.set(MARK);
  new DataView(bytes.buffer).setUint32(CHECKSUM_AT, checksum(written));
  bytes.set(written, TEXT_AT);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The text that was sealed, or nothing when it was changed or comes from elsewhere. */
export function unseal(sealed: unknown): string | undefined {
  const bytes = bytesOf(String(sealed));
  if (bytes.length < TEXT_AT || MARK.some((byte, index) => bytes[index] !== byte)) return undefined;
  const written = bytes.subarray(TEXT_AT);
  if (new DataView(bytes.buffer).getUint32(CHECKSUM_AT) !== checksum(written)) return undefined;
  return new TextDecoder().decode(written);
}

/** Throws the live API's error for a text that this server has not sealed. */
export function checkSeal(sealed: unknown): void {
  if (unseal(sealed) !== undefined) return;
  const shown = String(sealed).replace(/^(.{4}).*(.{4})$/s, '$1...$2');
  throw badRequest(
    `The encrypted content ${shown} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    null,
    'invalid_encrypted_content',
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** FNV-1a. */
function checksum(bytes: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
