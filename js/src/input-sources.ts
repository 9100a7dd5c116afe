import type { Item } from './items.ts';

/** Where an item came from that a `sessionInputCallback` returned, and its place there; null for one that nobody knows. */
export type InputSource = ['history' | 'new', number] | null;

interface GivenInput {
  history: readonly Item[];
  input: readonly Item[];
}

/**
 * By identity alone, since equality is for the core. `list` is the callback's own list of the history as it left it: what
 * it put in the place of an item that is gone from there stands for that item, as a summary does for what it sums up.
 */
export function inputSources(
  { history, input }: GivenInput,
  list: readonly unknown[],
  shaped: readonly unknown[],
): InputSource[] {
  const sources = new Map<unknown, InputSource>();
  history.forEach((item, index) => sources.set(item, ['history', index]));
  input.forEach((item, index) => sources.set(item, ['new', index]));
  const left = new Set(list);
  history.forEach((item, index) => {
    const put = list[index];
    if (index < list.length && !left.has(item) && !sources.has(put)) sources.set(put, ['history', index]);
  });
  return shaped.map((item) => {
    const source = sources.get(item) ?? null;
    // New input that is returned twice is itself once.
    if (source?.[0] === 'new') sources.delete(item);
    return source;
  });
}
