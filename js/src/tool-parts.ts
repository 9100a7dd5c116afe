import { base64 } from './bytes.ts';

/** Bytes, or text in base64, with their type; or where to find them. */
type Source = string | { data: string | Uint8Array; mediaType?: string } | { url: string } | { fileId: string };

export interface ToolOutputText {
  type: 'text';
  text: string;
}

export interface ToolOutputImage {
  type: 'image';
  /** As a string, a URL; `data:` URLs too. */
  image: Source;
  detail?: 'low' | 'high' | 'auto';
}

export interface ToolOutputFile {
  type: 'file';
  /** As a string, a URL; `data:` URLs too. */
  file: Source | { id: string };
  filename?: string;
}

/** What a tool returns to show the model more than text; also as a list. */
export type ToolOutputPart = ToolOutputText | ToolOutputImage | ToolOutputFile;

type WirePart = Record<string, unknown>;

/** Such parts as the wire has them; anything else as it is. */
export function wireParts(output: unknown): unknown {
  if (!Array.isArray(output)) {
    const part = wirePart(output);
    return part?.type === 'input_text' ? part.text : part ? [part] : output;
  }
  const parts = output.map(wirePart);
  return parts.length > 0 && parts.every((part) => part !== undefined) ? parts : output;
}

function wirePart(value: unknown): WirePart | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, text, image, file, detail, filename } = value as WirePart;
  if (type === 'input_text' || type === 'input_image' || type === 'input_file') return value as WirePart;
  if (type === 'text' && typeof text === 'string') return { type: 'input_text', text };
  if (type === 'image') return partOf('input_image', 'image_url', image, { detail });
  if (type !== 'file') return undefined;
  const name = filename ?? (file as WirePart | null)?.filename;
  const isInline = typeof file === 'string' ? file.startsWith('data:') : (file as WirePart | null)?.data !== undefined;
  return partOf('input_file', isInline ? 'file_data' : 'file_url', file, { filename: name });
}

function partOf(type: string, urlName: string, source: unknown, more: WirePart): WirePart | undefined {
  if (typeof source === 'string') return { type, [urlName]: source, ...more };
  if (typeof source !== 'object' || source === null) return undefined;
  const { url, data, mediaType = 'application/octet-stream', fileId, id = fileId } = source as WirePart;
  if (typeof url === 'string') return { type, [urlName]: url, ...more };
  if (typeof id === 'string') return { type, file_id: id, ...more };
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) return undefined;
  return { type, [urlName]: `data:${mediaType};base64,${typeof data === 'string' ? data : base64(data)}`, ...more };
}
