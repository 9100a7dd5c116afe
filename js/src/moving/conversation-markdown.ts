import type { Item, StoredItem } from '../items.ts';
import { allConversations } from '../sessions/all-conversations.ts';
import type { Session } from '../sessions/session.ts';
import { StoredSession } from '../sessions/stored-session.ts';
import { code, html, plain, quote } from './markdown-text.ts';
import type { MarkdownOptions } from './moving-options.ts';

/** What is longer and looks like this is data: an image, a file, an encrypted thought. */
const DATA = /^(?:data:[^,]{0,200},)?[\w+/=-]{200,}$/;

/** In the place of a summary that only the API can read. */
const FOLDED = '*What was said before is folded.*';

/** The whole document. */
export async function writeMarkdown(session: Session, id: string, options: MarkdownOptions): Promise<string> {
  const { includeTools = true, includeCompacted = false } = options;
  const items = await loadAll(session, id, includeCompacted);
  const title = session instanceof StoredSession ? await titleOf(session, id) : '';
  const blocks = [`# ${plain(title || id)}`];
  const outputs = new Map(items.filter(isOutput).map((item) => [item.call_id, item]));
  let speaker = '';
  for (const item of items) {
    const block = isMessage(item) ? quote(textOf(item)) : includeTools ? foldedBlock(item, outputs) : '';
    if (block === '' || block === '>') continue;
    if (speaker !== speakerOf(item)) {
      speaker = speakerOf(item);
      blocks.push(`## ${[plain(speaker), timeOf(item)].filter(Boolean).join(' · ')}`);
    }
    blocks.push(block);
  }
  return `${blocks.join('\n\n')}\n`;
}

async function loadAll(session: Session, id: string, includeCompacted: boolean): Promise<StoredItem[]> {
  if (session instanceof StoredSession && includeCompacted) return session.loadItems(id, { includeCompacted });
  return session.loadItems(id);
}

async function titleOf(session: StoredSession, id: string): Promise<string> {
  for await (const conversation of allConversations(session)) if (conversation.id === id) return conversation.title;
  return '';
}

function isMessage({ type, role }: Item): boolean {
  return type === 'message' || (type === undefined && role !== undefined);
}

function isOutput({ type, call_id }: Item): boolean {
  return typeof call_id === 'string' && /_output$/.test(type ?? '');
}

function speakerOf(item: StoredItem): string {
  const role = isMessage(item) ? item.role : 'assistant';
  if (role === 'assistant') return item.agent?.name || 'Assistant';
  return typeof role === 'string' ? role.charAt(0).toUpperCase() + role.slice(1) : 'Unknown';
}

function timeOf({ createdAt }: StoredItem): string {
  if (!(createdAt instanceof Date) || Number.isNaN(createdAt.getTime())) return '';
  return `${createdAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function textOf({ content }: Item): string {
  if (typeof content === 'string') return content.trim();
  if (!Array.isArray(content)) return '';
  return content.map(partText).filter(Boolean).join('\n\n').trim();
}

/** Of a part that is no text: what it is, and never its bytes. */
function partText(part: Item | null): string {
  const { type, text, refusal, filename, image_url: url } = part ?? {};
  if (typeof text === 'string') return text;
  if (typeof refusal === 'string') return refusal;
  if (type === 'input_image') return isLink(url) ? `[Image](${url})` : '\\[Image\\]';
  if (type === 'input_file') return typeof filename === 'string' ? `\\[File: ${plain(filename)}\\]` : '\\[File\\]';
  return typeof type === 'string' ? `\\[${plain(type)}\\]` : '';
}

function isLink(url: unknown): url is string {
  return typeof url === 'string' && /^https?:\/\/[^\s<>()\\]+$/.test(url) && url.length < 2000;
}

/** A call with its output, a thought, or whatever else is no message. An output that was shown with its call is not again. */
function foldedBlock(item: Item, outputs: Map<string, Item>): string {
  if (isOutput(item) && !outputs.has(item.call_id)) return '';
  if (item.type === 'reasoning') return thought(item);
  if (item.type === 'compaction') return FOLDED;
  const name = typeof item.name === 'string' ? item.name : item.type;
  if (isOutput(item)) return fold(`Output of ${name}`, [outputBlock(item)]);
  const output = typeof item.call_id === 'string' ? outputs.get(item.call_id) : undefined;
  if (!output) return fold(`${name}`, [callBlock(item)]);
  outputs.delete(item.call_id);
  return fold(`${name}`, [callBlock(item), outputBlock(output)]);
}

function thought({ summary }: Item): string {
  const text = Array.isArray(summary) ? summary.map(partText).filter(Boolean).join('\n\n') : '';
  return text === '' ? '' : fold('Thoughts', [quote(text)]);
}

function fold(summary: string, blocks: readonly string[]): string {
  return [`<details>\n<summary>${html(summary)}</summary>`, ...blocks, '</details>'].join('\n\n');
}

function callBlock(item: Item): string {
  if (typeof item.arguments !== 'string') return jsonBlock(item);
  try {
    return jsonBlock(JSON.parse(item.arguments));
  } catch {
    return code(item.arguments, '');
  }
}

function outputBlock({ output }: Item): string {
  return typeof output === 'string' ? code(withoutData(output), '') : jsonBlock(output);
}

function jsonBlock(value: unknown): string {
  const text = JSON.stringify(value, (_, member) => (typeof member === 'string' ? withoutData(member) : member), 2);
  return code(text ?? 'null', 'json');
}

function withoutData(text: string): string {
  return text.length >= 200 && DATA.test(text) ? `(${text.length} characters of data)` : text;
}
