import { icon, make } from './dom.ts';
import type { Entry, Message, ToolCall } from './entries.ts';
import { type FoldActions, foldView } from './fold-view.ts';
import { RichText } from './rich-text.ts';

/** An entry on the screen. `update` draws what has changed since. */
export interface EntryView {
  readonly element: HTMLElement;
  update(): void;
}

/** @param actions for folds, which only a history has. */
export function viewOf(entry: Entry, actions?: FoldActions): EntryView {
  if (entry.kind === 'fold') return { element: foldView(entry, actions), update: () => {} };
  return entry.kind === 'tool' ? toolView(entry) : messageView(entry);
}

function messageView(message: Message): EntryView {
  const text = new RichText();
  const who = make('h3', { class: 'visually-hidden' }, message.kind === 'user' ? 'You' : 'Assistant');
  const element = make('article', { class: `entry ${message.kind}` }, who, text.element);
  const update = () => text.set(message.text);
  update();
  return { element, update };
}

function toolView(call: ToolCall): EntryView {
  const said = make('span', { class: 'tool-text' });
  const element = make('p', { class: 'entry tool' }, icon('tool'), said);
  const update = () => {
    element.classList.toggle('working', call.output === undefined);
    said.replaceChildren('called ', make('b', {}, call.name), `${argumentsOf(call.args)} → `, call.output ?? '…');
  };
  update();
  return { element, update };
}

const LONGEST_ARGUMENTS = 120;

/** `(place: "Oslo")`, without what the model left empty. */
function argumentsOf(json: string): string {
  try {
    const given = Object.entries(JSON.parse(json) as object).filter(([, value]) => value !== null);
    const text = given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ');
    return text === '' ? '' : `(${text.length > LONGEST_ARGUMENTS ? `${text.slice(0, LONGEST_ARGUMENTS)}…` : text})`;
  } catch {
    return '';
  }
}
