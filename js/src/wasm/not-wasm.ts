const STARTS: readonly (readonly [name: string, ...bytes: number[]])[] = [
  ['gzip-compressed, without the header content-encoding', 0x1f, 0x8b],
  ['zstd-compressed, without the header content-encoding', 0x28, 0xb5, 0x2f, 0xfd],
  ['a ZIP archive', 0x50, 0x4b, 0x03, 0x04],
];

/** What bytes are that do not begin as WebAssembly does, in words; undefined for WebAssembly. */
export function whatElse(bytes: Uint8Array): string | undefined {
  if (startsWith(bytes, [0, 0x61, 0x73, 0x6d])) {
    return startsWith(bytes, [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) || bytes.length < 8
      ? undefined
      : 'WebAssembly of another form, such as a component';
  }
  if (bytes.length === 0) return 'an empty file';
  for (const [name, ...start] of STARTS) if (startsWith(bytes, start)) return name;
  const text = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart();
  if (text.startsWith('version https://git-lfs')) return 'a pointer of Git LFS in place of the file';
  if (/^<(!doctype|html|head|body|!--)/i.test(text))
    return 'an HTML page, as servers give for paths that are not there';
  if (/^(export|import|const|var|let|"use strict"|'use strict')\b/.test(text)) return 'JavaScript';
  return /^[[{]/.test(text) ? 'JSON' : 'something else than WebAssembly';
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
