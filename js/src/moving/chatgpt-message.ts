/** What is shown of one message of a ChatGPT export. */
export interface ChatGPTMessage {
  role: 'user' | 'assistant' | 'system' | 'tool';
  /** The tool that the assistant speaks to, or that speaks. */
  tool: string | undefined;
  text: string;
  /** ISO 8601. */
  at: string | undefined;
}

const ROLES: readonly unknown[] = ['user', 'assistant', 'system', 'tool'];
/** Settings of the account, and thoughts, which are not given back to a model. */
const NOT_SAID: readonly unknown[] = ['user_editable_context', 'model_editable_context', 'thoughts', 'reasoning_recap'];
const LAST_SECOND = Date.UTC(9999, 11, 31) / 1000;

type Fields = Record<string, unknown>;

/** Nothing for what ChatGPT does not show: hidden messages, empty ones, settings. What it reads may be anything. */
export function readMessage(message: unknown): ChatGPTMessage | undefined {
  const { author, content, recipient, metadata, create_time } = fields(message);
  const { role, name } = fields(author);
  const { is_visually_hidden_from_conversation: isHidden, attachments } = fields(metadata);
  if (isHidden === true || !ROLES.includes(role) || NOT_SAID.includes(fields(content).content_type)) return undefined;
  const parts = textsOf(fields(content), list(attachments).map(fields)).filter(Boolean);
  if (parts.length === 0) return undefined;
  const addressee = role === 'tool' ? name : recipient;
  return {
    role: role as ChatGPTMessage['role'],
    tool: typeof addressee === 'string' && addressee !== 'all' ? addressee : undefined,
    text: parts.join('\n\n').toWellFormed(),
    at: timeOf(create_time),
  };
}

/** As ISO 8601, of the seconds of an export. */
export function timeOf(seconds: unknown): string | undefined {
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < LAST_SECOND)) return undefined;
  return new Date(seconds * 1000).toISOString();
}

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(content: Fields, files: readonly Fields[]): string[] {
  switch (content.content_type) {
    case 'tether_browsing_display':
      return [words(content.result) || words(content.summary)];
    case 'tether_quote':
      return [[words(content.title), words(content.url)].filter(Boolean).join('\n'), words(content.text)];
    case 'system_error':
      return [[words(content.name), words(content.text)].filter(Boolean).join(': ')];
    default:
      return [words(content.text), ...partTexts(list(content.parts), files)];
  }
}

/** An image is a part of the message, and may be among its files too, which know its name. */
function partTexts(parts: readonly unknown[], files: readonly Fields[]): string[] {
  const names = new Map(files.map(({ id, name }) => [id, words(name)]));
  const shown = new Set<unknown>();
  const texts = parts.map((part) => {
    const id = words(fields(part).asset_pointer).split('/').at(-1);
    shown.add(id);
    return partText(part, names.get(id));
  });
  return [...texts, ...files.filter(({ id }) => !shown.has(id)).map(({ name }) => note('File', name))];
}

function partText(part: unknown, name: string | undefined): string {
  if (typeof part === 'string') return part;
  const { content_type: type, text, width, height } = fields(part);
  switch (type) {
    case 'image_asset_pointer':
      return note(
        'Image',
        name || (typeof width === 'number' && typeof height === 'number' ? `${width}×${height}` : ''),
      );
    case 'audio_transcription':
      return words(text);
    // The transcription is a part of its own.
    case 'audio_asset_pointer':
    case 'real_time_user_audio_video_asset_pointer':
      return '';
    default:
      return words(text) || (typeof type === 'string' ? note('Left out', type) : '');
  }
}

/** What stands for something that is no text. */
function note(kind: string, detail: unknown): string {
  const line = words(detail).replace(/\s+/g, ' ').trim().slice(0, 200);
  return line === '' ? `[${kind}]` : `[${kind}: ${line}]`;
}
