import type { ConversationStats } from 'agents-wasm';
import { make } from './dom.ts';
import { barList, columnPlot } from './plots.ts';

/** A conversation's numbers, and small plots of them. */
export function statsView(stats: ConversationStats): HTMLElement[] {
  const { items, turns, runs, usage, conversations } = stats;
  if (items.total === 0) return [make('p', { class: 'hint' }, 'Nothing is saved yet.')];
  const { inputTokens, outputTokens, cachedTokens } = usage.total;
  const cards: [string, string][] = [
    ...(conversations > 1 ? [[number(conversations), 'conversations'] as [string, string]] : []),
    [number(items.total), 'items'],
    [number(turns), 'answers of models'],
    [number(runs.total), 'runs'],
    [number(inputTokens), 'tokens sent'],
    [number(cachedTokens), 'of them cached'],
    [number(outputTokens), 'tokens answered'],
    ...durations(stats),
  ];
  return [
    make('div', { class: 'numbers' }, ...cards.map(([value, name]) => card(value, name))),
    ...tokensByRun(stats),
    ...bars('Items by kind', items.byType),
    ...bars('Messages by role', items.byRole),
    ...bars('Calls of tools', stats.toolCalls),
    ...bars(
      'Tokens by agent',
      mapped(usage.byAgent, ({ totalTokens }) => totalTokens),
    ),
    ...bars('Runs by how they ended', runs.byStatus),
    make('p', { class: 'hint' }, spanOf(stats)),
  ];
}

function tokensByRun({ usage: { runs = [] } }: ConversationStats): HTMLElement[] {
  if (runs.length < 2) return [];
  const columns = runs.map(({ usage: { inputTokens, outputTokens }, status }, index) => ({
    label: `Run ${index + 1}, ${status}: ${number(inputTokens)} tokens sent, ${number(outputTokens)} answered`,
    parts: [inputTokens, outputTokens],
  }));
  const plot = make('div', {});
  plot.append(columnPlot(columns, `Tokens of ${runs.length} runs, the newest on the right`));
  const legend = make(
    'p',
    { class: 'legend' },
    make('span', {}, make('i', { class: 'part-0' }), 'sent'),
    make('span', {}, make('i', { class: 'part-1' }), 'answered'),
  );
  return [make('h3', {}, 'Tokens by run'), plot, legend];
}

function bars(title: string, counts: Record<string, number>): HTMLElement[] {
  const entries = Object.entries(counts).sort(([, one], [, other]) => other - one);
  if (entries.length === 0) return [];
  return [make('h3', {}, title), barList(entries.map(([label, value]) => ({ label: label || '(none)', value })))];
}

function durations({ latency, gaps }: ConversationStats): [string, string][] {
  const shown: [string, string][] = [];
  if (latency.count > 0) shown.push([duration(latency.median), 'until a model answers, usually']);
  if (gaps.count > 0) shown.push([duration(gaps.longest), 'the longest pause']);
  return shown;
}

function spanOf({ firstAt, lastAt }: ConversationStats): string {
  if (!firstAt || !lastAt) return '';
  const text = (date: Date) => date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
  return `From ${text(firstAt)} to ${text(lastAt)}. Tokens are as the API counted them.`;
}

function card(value: string, name: string): HTMLElement {
  return make('div', { class: 'number-card' }, make('b', {}, value), make('span', {}, name));
}

function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 90_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 129_600_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function mapped<T>(record: Record<string, T>, value: (one: T) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([name, one]) => [name, value(one)]));
}
