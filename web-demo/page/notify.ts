import { byId } from './dom.ts';
import { explain } from './explain.ts';

const SHOWN = 8000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says at the edge of the page that something beside the chat failed. */
export function notify(error: unknown): void {
  const { title, text } = explain(error);
  const toast = byId('toast', HTMLElement);
  toast.textContent = `${title}. ${text}`;
  clearTimeout(timer);
  timer = setTimeout(() => toast.replaceChildren(), SHOWN);
}

/** Tells screen readers, and nobody else. Only at the ends of an answer: word by word it could not be followed. */
export function announce(text: string): void {
  byId('announcer', HTMLElement).textContent = text;
}
