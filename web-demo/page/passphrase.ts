const ROUNDS = 600_000;
/** The same in every browser, so that an exported database opens with the same passphrase elsewhere. */
const SALT = 'agents-wasm demo';

/** The key that a passphrase stands for: 32 bytes in URL-safe base64, as `EncryptedSession` takes them. */
export async function keyFrom(passphrase: string): Promise<string> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey('raw', encoder.encode(passphrase.normalize('NFC')), 'PBKDF2', false, [
    'deriveBits',
  ]);
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: encoder.encode(SALT), iterations: ROUNDS };
  const bits = await crypto.subtle.deriveBits(algorithm, material, 256);
  return btoa(String.fromCharCode(...new Uint8Array(bits)))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
