import type { Compaction, Item, StoredItem } from 'agents-wasm';

/** What the thread shows: words of somebody, a call of a tool, or what stands for items that were folded. */
export type Entry = Message | ToolCall | Fold;

export interface Message {
  kind: 'user' | 'assistant';
  text: string;
}

export interface ToolCall {
  kind: 'tool';
  callId: string;
  name: string;
  /** JSON, as the model wrote it. */
  args: string;
  /** Not there while the tool works. */
  output?: string;
}

export interface Fold {
  kind: 'fold';
  /** The newest one: what stood for earlier ones is folded in it. */
  compaction: Compaction;
}

/**
 * What a conversation's items mean to a reader. A call and its output are one entry; reasoning is none.
 * @param folds the compactions of the conversation.
 */
export function entriesOf(items: readonly StoredItem[], folds: readonly Compaction[] = []): Entry[] {
  const entries: Entry[] = [];
  const calls = new Map<string, ToolCall>();
  for (const item of items) {
    const compaction = folds.find(({ id }) => item.uid?.startsWith(`${id}.`));
    if (compaction) {
      entries.push({ kind: 'fold', compaction });
    } else if (item.type === 'function_call') {
      const call = toolCallOf(item);
      calls.set(call.callId, call);
      entries.push(call);
    } else if (item.type === 'function_call_output') {
      const call = calls.get(item['call_id']);
      if (call) call.output = textOf(item['output']);
    } else if (item.role === 'user' || item.role === 'assistant') {
      entries.push({ kind: item.role, text: textOf(item['content']) });
    }
  }
  return entries;
}

export function toolCallOf(item: Item): ToolCall {
  return { kind: 'tool', callId: item['call_id'], name: item['name'], args: item['arguments'] };
}

/** The text of a message's content or of a tool's output: a string, or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => part?.text ?? part?.refusal ?? `[${part?.type ?? 'something'}]`).join('\n');
}
