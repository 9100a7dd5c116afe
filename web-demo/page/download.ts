/** Gives somebody a file to keep. */
export function download(name: string, parts: BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export async function downloadJsonl(name: string, lines: AsyncIterable<Uint8Array>): Promise<void> {
  const parts: BlobPart[] = [];
  for await (const bytes of lines) parts.push(bytes as Uint8Array<ArrayBuffer>);
  download(name, parts, 'application/jsonl');
}

/** A title as the name of a file. */
export function fileName(title: string, extension: string): string {
  const name = title
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return `${name.slice(0, 60) || 'conversation'}.${extension}`;
}
