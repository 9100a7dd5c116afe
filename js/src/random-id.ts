/** 32 hexadecimal digits. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Of version 4. Not crypto.randomUUID: pages without TLS have none. */
export function randomUuid(): string {
  const id = randomId();
  const variant = ((Number.parseInt(id.charAt(16), 16) & 3) | 8).toString(16);
  return [id.slice(0, 8), id.slice(8, 12), `4${id.slice(13, 16)}`, variant + id.slice(17, 20), id.slice(20)].join('-');
}
