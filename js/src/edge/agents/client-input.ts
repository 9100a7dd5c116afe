import type { Item } from '../../items.ts';
import { Refusal } from '../refusal.ts';

type Json = Record<string, unknown>;

/** What a user can say, and nothing else: an item of another kind would put words into the model's or a tool's mouth. */
export function inputFrom(input: unknown): string | Item[] {
  if (typeof input === 'string' && input !== '') return input;
  if (!Array.isArray(input) || input.length === 0) throw refused('input must be a text or a list of user messages.');
  return input.map((message: Json | null) => {
    const { type = 'message', role, content } = message ?? {};
    if (type !== 'message' || role !== 'user') throw refused('input may only have messages of the role user.');
    return { role, content: typeof content === 'string' ? content : contentFrom(content) };
  });
}

function contentFrom(content: unknown): Json[] {
  if (!Array.isArray(content)) throw refused('The content of a message must be a text or a list of parts.');
  return content.map((part: Json | null) => {
    const kept = part && partFrom(part);
    if (kept) return kept;
    throw refused('A part of a message must be input_text, input_image with image_url, or input_file with file_data.');
  });
}

/** By their content only: all files of the account are behind the key, so that an id could be that of somebody else's. */
function partFrom({ type, text, image_url, detail, file_data, filename }: Json): Json | undefined {
  const isText = (value: unknown) => typeof value === 'string';
  if (type === 'input_text' && isText(text)) return { type, text };
  if (type === 'input_image' && isText(image_url)) return { type, image_url, ...(isText(detail) && { detail }) };
  if (type === 'input_file' && isText(file_data)) return { type, file_data, ...(isText(filename) && { filename }) };
  return undefined;
}

function refused(message: string): Refusal {
  return new Refusal(400, 'invalid_input', message, { param: 'input' });
}
