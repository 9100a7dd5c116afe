const LONGEST_TITLE = 48;

/** A conversation's title: the first words said in it. */
export function titleFrom(text: string): string {
  const words = text.trim().replace(/\s+/g, ' ');
  if (words.length <= LONGEST_TITLE) return words;
  const cut = words.slice(0, LONGEST_TITLE + 1);
  const end = cut.lastIndexOf(' ');
  return `${cut.slice(0, end > LONGEST_TITLE / 2 ? end : LONGEST_TITLE).toWellFormed()}…`;
}

/** A line must not break between a number and its unit. */
const NO_BREAK = '\u00a0';

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes}${NO_BREAK}bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)}${NO_BREAK}kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)}${NO_BREAK}MB`;
  return `${(bytes / 1e9).toFixed(1)}${NO_BREAK}GB`;
}

export function formatCount(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}

/** How long ago something was, short enough for a list. */
export function formatAge(date: Date, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (date.toDateString() === now.toDateString()) return `${Math.floor(minutes / 60)} h`;
  const isThisYear = date.getFullYear() === now.getFullYear();
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...(!isThisYear && { year: 'numeric' }) });
}
