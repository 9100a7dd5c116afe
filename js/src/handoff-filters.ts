import type { HandoffInputData } from './handoff.ts';
import type { Item } from './items.ts';

const KEPT = new Set([undefined, 'message', 'user', 'compaction']);

/** A handoff's filter: the next agent sees what was said, and neither calls of tools nor reasoning. */
export function removeAllTools<Context>(data: HandoffInputData<Context>): HandoffInputData<Context> {
  const { inputHistory, preHandoffItems, newItems } = data;
  return {
    ...data,
    inputHistory: typeof inputHistory === 'string' ? inputHistory : saidOf(inputHistory),
    preHandoffItems: saidOf(preHandoffItems),
    newItems: saidOf(newItems),
  };
}

function saidOf(items: Item[]): Item[] {
  return items.filter(({ type }) => KEPT.has(type));
}

const INTRO = 'For context, here is the conversation so far between the user and the previous agent:';
const OPEN = '<CONVERSATION HISTORY>';
const CLOSE = '</CONVERSATION HISTORY>';

/** A handoff's filter: the next agent sees one message that tells the conversation so far. */
export function nestHandoffHistory<Context>(data: HandoffInputData<Context>): HandoffInputData<Context> {
  const { inputHistory, preHandoffItems, newItems } = data;
  const history = typeof inputHistory === 'string' ? [{ role: 'user', content: inputHistory }] : inputHistory;
  const lines = [...history, ...preHandoffItems, ...newItems].flatMap(linesOf);
  const told =
    lines.length > 0 ? lines.map((line, index) => `${index + 1}. ${line}`) : ['(no previous turns recorded)'];
  const content = [INTRO, OPEN, ...told, CLOSE].join('\n');
  return { ...data, inputHistory: [{ role: 'assistant', content }], preHandoffItems: [], newItems: [] };
}

/** One line for an item; those of an earlier handoff for the message that told it. */
function linesOf(item: Item): string[] {
  const { role, content } = item;
  if (role === undefined) return [JSON.stringify(item)];
  const text = typeof content === 'string' ? content : textOf(content);
  if (role === 'assistant' && text.startsWith(`${INTRO}\n${OPEN}\n`)) {
    const lines = text
      .slice(INTRO.length + OPEN.length + 2, text.lastIndexOf(CLOSE))
      .trimEnd()
      .split(/\n(?=\d+\. )/);
    return lines.map((line) => line.replace(/^\d+\. /, ''));
  }
  return [text === '' ? role : `${role}: ${text}`];
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return content === undefined ? '' : JSON.stringify(content);
  const texts = content.map((part: Item) => part.text);
  return texts.every((text) => typeof text === 'string') ? texts.join('') : JSON.stringify(content);
}
