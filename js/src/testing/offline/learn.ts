import type { Chat } from './chat.ts';
import { remember } from './memory.ts';

/** Takes note, aloud, of what the last message tells. */
export function learn(chat: Chat): string | undefined {
  const told = remember([chat.message]);
  const name = told.facts.get('name')?.value;
  const rest = [...told.facts.values()].filter(({ key }) => key !== 'name').map(({ sentence }) => sentence);
  const noted = [...rest, ...told.notes.map((note) => `I will remember: ${note}.`)].join(' ');
  if (name) return `Hello ${name}, nice to meet you.${noted ? ` ${noted}` : ''} I will remember that.`;
  if (!noted) return undefined;
  return told.notes.length > 0 ? noted : `Thank you. ${noted} I will remember that.`;
}
