import { icon, make } from './dom.ts';
import type { Entry, ToolCall, Ways } from './entries.ts';
import { type FoldActions, foldView } from './fold-view.ts';
import { choiceView, type MessageActions, messageView } from './message-view.ts';

/** An entry on the screen. `update` draws what has changed since. */
export interface EntryView {
  readonly element: HTMLElement;
  update(): void;
}

export type EntryActions = FoldActions & MessageActions;

/** @param actions for what only a history has: folds, and other ways on. */
export function viewOf(entry: Entry, actions?: EntryActions): EntryView {
  if (entry.kind === 'fold') return { element: foldView(entry, actions), update: () => {} };
  if (entry.kind === 'ways') return { element: waysView(entry, actions), update: () => {} };
  return entry.kind === 'tool' ? toolView(entry) : messageView(entry, actions);
}

function waysView({ choice }: Ways, actions: EntryActions | undefined): HTMLElement {
  return make('p', { class: 'entry ways' }, ...(actions ? [choiceView(choice, actions)] : []));
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
