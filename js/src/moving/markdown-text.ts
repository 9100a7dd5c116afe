/** Text as Markdown that cannot end what it stands in. */

const SPECIAL = /[\\`*_{}[\]<>()#+|~!&-]/g;
// At the beginning of a line: one in a list ends with the list, and one further in is none.
const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const TAG = /<(?=[a-z/!?])/gi;

/** Words in a heading or a line of Markdown, none of which mean anything. */
export function plain(words: string): string {
  return words.replace(/\s+/g, ' ').trim().replace(SPECIAL, '\\$&');
}

/** Words in HTML. */
export function html(words: string): string {
  return words.replace(/\s+/g, ' ').trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A block of code; its fence is longer than any in it. */
export function code(text: string, language: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Somebody's Markdown as a quotation, which ends its lists, headings and fences; tags outside of code are shown. */
export function quote(text: string): string {
  let fence = '';
  const given = text.split(/\r\n|\r|\n/);
  // Where a backtick may be none, or belong to one in another line, no tag is taken for code.
  const isPlain =
    !text.includes('\\`') && given.every((line) => (line.match(/`+/g) ?? []).length % 2 === 0 || FENCE.test(line));
  const lines = given.map((line) => {
    const mark = FENCE.exec(line)?.[1] ?? '';
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence) && line.trim() === mark) fence = '';
    if (fence !== '' || mark !== '') return line;
    return isPlain ? withoutTags(line) : line.replace(TAG, '&lt;');
  });
  return lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n');
}

/** Outside of `code` in the line, which ends with as many backticks as it begins with. */
function withoutTags(line: string): string {
  if (!line.includes('<')) return line;
  const runs = [...line.matchAll(/`+/g)].map(({ 0: run, index }) => ({ at: index, length: run.length }));
  // Where the next run of each length is, the nearest last.
  const ends = new Map<number, number[]>(runs.map(({ length }) => [length, []]));
  for (const { at, length } of runs.toReversed()) ends.get(length)?.push(at);
  let shown = '';
  let from = 0;
  for (const { at, length } of runs) {
    ends.get(length)?.pop();
    const end = ends.get(length)?.at(-1);
    if (at < from || end === undefined) continue;
    shown += line.slice(from, at).replace(TAG, '&lt;') + line.slice(at, end + length);
    from = end + length;
  }
  return shown + line.slice(from).replace(TAG, '&lt;');
}
