// Tokens go into bodies of bytes and come out of them: a detour over strings would cost as much as the encryption.

const encoder = new TextEncoder();
const DIGITS = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const PAD = 0x3d;
const NO_DIGIT = 0xff;
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
DIGITS.forEach((digit, value) => {
  VALUES[digit] = value;
});

/** URL-safe base64 with padding, as ASCII. */
export function toBase64Url(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(PAD);
  const digit = (value: number) => DIGITS[value & 63] as number;
  let end = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word =
      ((bytes[at] as number) << 16) | ((left > 1 ? (bytes[at + 1] as number) : 0) << 8) | (bytes[at + 2] ?? 0);
    text[end] = digit(word >> 18);
    text[end + 1] = digit(word >> 12);
    if (left > 1) text[end + 2] = digit(word >> 6);
    if (left > 2) text[end + 3] = digit(word);
    end += 4;
  }
  return text;
}

/** Nothing for what is no URL-safe base64 with its padding. */
export function fromBase64Url(text: Uint8Array): Uint8Array | undefined {
  if (text.length === 0 || text.length % 4 !== 0) return undefined;
  const padding = text.at(-1) !== PAD ? 0 : text.at(-2) !== PAD ? 1 : 2;
  const bytes = new Uint8Array((text.length / 4) * 3);
  const digits = text.length - padding;
  let seen = 0;
  const value = (at: number) => (at < digits ? (VALUES[text[at] as number] as number) : 0);
  for (let at = 0, end = 0; at < text.length; at += 4, end += 3) {
    const [one, two, three, four] = [value(at), value(at + 1), value(at + 2), value(at + 3)];
    seen |= one | two | three | four;
    bytes[end] = (one << 2) | (two >> 4);
    bytes[end + 1] = (two << 4) | (three >> 2);
    bytes[end + 2] = (three << 6) | four;
  }
  return seen > 63 ? undefined : bytes.subarray(0, bytes.length - padding);
}
