import type { Compaction, Item, StoredItem } from 'agents-wasm';
import type { Choice } from './branching.ts';

/** What the thread shows: words of somebody, a call of a tool, or what stands for items that were folded. */
export type Entry = Message | ToolCall | Fold | Ways;

export interface Message {
  kind: 'user' | 'assistant';
  text: string;
  /** Of the item in the history; none while it is not there yet. */
  uid?: string | undefined;
  /** The other ways that the conversation took from here. */
  choice?: Choice | undefined;
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

/** The conversation ends where it could go on in other ways. */
export interface Ways {
  kind: 'ways';
  choice: Choice;
}

/**
 * What a conversation's items mean to a reader. A call and its output are one entry; reasoning is none.
 * @param folds the compactions of the conversation.
 * @param choices where it has other ways on, by the uid of the item before them.
 */
export function entriesOf(
  items: readonly StoredItem[],
  folds: readonly Compaction[] = [],
  choices: ReadonlyMap<string, Choice> = new Map(),
): Entry[] {
  const entries: Entry[] = [];
  const calls = new Map<string, ToolCall>();
  // The message that shows it may come behind calls of tools.
  let choice = choices.get('');
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
      entries.push({ kind: item.role, text: textOf(item['content']), uid: item.uid, choice });
      choice = undefined;
    }
    choice = choices.get(item.uid ?? '') ?? choice;
  }
  if (choice) entries.push({ kind: 'ways', choice });
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
