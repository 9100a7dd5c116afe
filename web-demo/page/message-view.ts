import type { Choice } from './branching.ts';
import { button, icon, make } from './dom.ts';
import type { Message } from './entries.ts';
import type { EntryView } from './entry-view.ts';
import { RichText } from './rich-text.ts';

export interface MessageActions {
  /** Says something else in the place of a user's message, on a branch of its own. */
  edit(uid: string, text: string): void;
  /** Has the model answer again, on a branch of its own. */
  regenerate(uid: string): void;
  /** Shows another way that the conversation took. */
  switchTo(branch: string): void;
}

/** @param actions for messages of a history that can have branches. */
export function messageView(message: Message, actions?: MessageActions): EntryView {
  const text = new RichText();
  const isUser = message.kind === 'user';
  const who = make('h3', { class: 'visually-hidden' }, isUser ? 'You' : 'Assistant');
  const element = make('article', { class: `entry ${message.kind}` }, who, text.element);
  const update = () => {
    text.set(message.text);
    if (message.uid === undefined) return;
    element.dataset['uid'] = message.uid;
    if (!actions || element.querySelector('.message-tools')) return;
    element.append(toolsOf(message, actions, () => edit(element, message, actions)));
  };
  update();
  return { element, update };
}

/** ‹ 2/3 › */
export function choiceView({ branches, at }: Choice, actions: MessageActions): HTMLElement {
  const step = (by: -1 | 1, label: string) => {
    const target = branches[at + by];
    const go = iconButton('back', label, () => target !== undefined && actions.switchTo(target));
    go.classList.toggle('forward', by === 1);
    go.disabled = target === undefined;
    return go;
  };
  const text = make('span', {}, `${at + 1}/${branches.length}`);
  const label = `Way ${at + 1} of ${branches.length}`;
  return make(
    'span',
    { class: 'choice', role: 'group', 'aria-label': label },
    step(-1, 'The way before'),
    text,
    step(1, 'The next way'),
  );
}

function toolsOf({ kind, uid = '', choice }: Message, actions: MessageActions, onEdit: () => void): HTMLElement {
  const act =
    kind === 'user'
      ? iconButton('edit', 'Edit this message', onEdit)
      : iconButton('again', 'Answer again', () => actions.regenerate(uid));
  const tools = make('div', { class: 'message-tools' }, act);
  if (choice) tools.prepend(choiceView(choice, actions));
  tools.classList.toggle('has-choice', choice !== undefined);
  return tools;
}

function iconButton(name: string, label: string, onClick: () => void): HTMLButtonElement {
  const element = button('', { class: 'small-button', 'aria-label': label, title: label }, onClick);
  element.append(icon(name));
  return element;
}

/** A form in the place of a message. */
function edit(element: HTMLElement, { text, uid = '' }: Message, actions: MessageActions): void {
  const before = [...element.childNodes];
  const field = make('textarea', { rows: '3', 'aria-label': 'The message' });
  field.value = text;
  const leave = () => {
    element.classList.remove('editing');
    element.replaceChildren(...before);
    element.querySelector<HTMLElement>('.message-tools .small-button:last-child')?.focus();
  };
  const form = make(
    'form',
    { class: 'edit' },
    field,
    make('p', { class: 'hint' }, 'What was said so far stays as another way.'),
    make(
      'div',
      { class: 'edit-buttons' },
      button('Cancel', { class: 'text-button' }, leave),
      make('button', { type: 'submit', class: 'primary' }, 'Send'),
    ),
  );
  const send = () => field.value.trim() !== '' && actions.edit(uid, field.value.trim());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      leave();
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send();
  });
  element.classList.add('editing');
  element.replaceChildren(form);
  field.focus();
}
