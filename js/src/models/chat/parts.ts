import { UserError } from '../../errors.ts';
import { type ChatPart, type Fields, fieldsOf, listOf } from './wire.ts';

/** The content of a user's message; a text stays one. */
export function userContent(content: unknown): string | ChatPart[] {
  return typeof content === 'string' ? content : listOf(content).map((part) => userPart(fieldsOf(part)));
}

/** The text of content that can be nothing else. `whose` names it where it is not. */
export function plainText(content: unknown, whose: string): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) => {
      const { type, text } = fieldsOf(part);
      if (typeof text === 'string') return text;
      throw new UserError('user_error', `Chat Completions takes text only as ${whose}, but there is ${nameOf(type)}.`);
    })
    .join('');
}

function userPart(part: Fields): ChatPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: part.text };
    case 'input_image':
      return { type: 'image_url', image_url: withDetail(imageUrl(part), part.detail) };
    case 'input_file':
      return { type: 'file', file: file(part) };
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio };
    default:
      throw new UserError('user_error', `Chat Completions takes no content of ${nameOf(part.type)}.`);
  }
}

function imageUrl({ image_url: url }: Fields): string {
  if (typeof url === 'string') return url;
  throw new UserError('user_error', 'Chat Completions takes images by image_url only, but an input_image has none.');
}

function withDetail(url: string, detail: unknown): object {
  return detail === undefined || detail === null ? { url } : { url, detail };
}

function file({ file_data, file_id, filename }: Fields): object {
  if (typeof file_data !== 'string' && typeof file_id !== 'string') {
    const message = 'Chat Completions takes files by file_data or file_id only, but an input_file has neither.';
    throw new UserError('user_error', message);
  }
  return { file_data, file_id, filename };
}

function nameOf(type: unknown): string {
  return typeof type === 'string' ? `the type '${type}'` : 'an unknown type';
}
