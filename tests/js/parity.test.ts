import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Row {
  /** The `##` heading over its table. */
  section: string;
  line: string;
  cases: string;
  verdict: string;
  tests: string;
  remark: string;
}

const VERDICTS = ['same', 'better', 'later', 'gap', 'none'];
const folder = new URL('../', import.meta.url);
const rows = readRows(readFileSync(new URL('js/parity.md', folder), 'utf8'));

function readRows(text: string): Row[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('## ')) section = line.slice(3);
    if (!line.startsWith('| ') || line.startsWith('| case |') || line.startsWith('| run |')) return [];
    const cells = line.split('|').map((cell) => cell.trim());
    assert.equal(cells.length, 6, line);
    const [, cases = '', verdict = '', tests = '', remark = ''] = cells;
    return [{ section, line, cases, verdict, tests, remark }];
  });
}

/** The tests that a row names, each with its file. */
function testsOf({ tests, line }: Row): { name: string; file: string }[] {
  const found = [...tests.matchAll(/`([^`]+)` \(([\w./-]+)\)/g)];
  const rest = found.reduce((left, [text]) => left.replace(text, ''), tests);
  assert.match(rest, /^[; ]*$/, line);
  return found.map(([, name = '', file = '']) => ({ name, file }));
}

const declared = new Map<string, Set<string>>();

/** The names that a file gives to calls: of templates what stands between their holes, without what joins them. */
function namesIn(file: string): Set<string> {
  const known = declared.get(file);
  if (known) return known;
  const calls = readFileSync(new URL(file, folder), 'utf8').matchAll(
    /\b\w+\(\s*(?:\w+,\s*)?(["'`])((?:\\.|(?!\1)[^\\])*)\1/gs,
  );
  const names = new Set<string>();
  for (const [, quote, literal = ''] of calls) {
    const text = literal.replace(/\\(.)/g, '$1');
    const parts = quote === '`' ? text.split(/\$\{[^}]*\}/) : [text];
    for (const part of parts) names.add(part.replace(/^(\.conversation)?: | \($/g, ''));
  }
  declared.set(file, names);
  return names;
}

/** `7`, or `36-42`, at the beginning of a cell. */
function numbersOf({ cases, line }: Row): number[] {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?(?= )/.exec(cases) ?? assert.fail(line);
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
}

test('every test that the table names is in its file', () => {
  for (const row of rows) {
    for (const { name, file } of testsOf(row)) assert.ok(namesIn(file).has(name), `${file} has no test '${name}'`);
  }
});

test('every case has a verdict, and a test or a reason', () => {
  for (const row of rows) {
    assert.ok(VERDICTS.includes(row.verdict), row.line);
    const isHere = row.verdict === 'same' || row.verdict === 'better';
    assert.ok(isHere ? testsOf(row).length > 0 : row.remark !== '', row.line);
    if (row.verdict === 'better') assert.notEqual(row.remark, '', row.line);
  }
});

test('no case is missing from the table, and none is there twice', () => {
  const counts = { 'Cases of the SDK for Python': 175, 'Cases of the Agents SDK for JavaScript': 56 };
  for (const [section, count] of Object.entries(counts)) {
    const numbers = rows.filter((row) => row.section === section).flatMap(numbersOf);
    assert.deepEqual(
      numbers,
      Array.from({ length: count }, (_, index) => index + 1),
    );
  }
});
