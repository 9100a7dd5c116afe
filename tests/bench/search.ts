import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SQLiteSession } from 'agents-wasm';

import { seeded } from '../support/random.ts';
import { interleaved } from './measure.ts';
import type { StoreRow } from './stores.ts';
import { ms, times } from './table.ts';

// Searches over 100,000 items in 1,000 conversations, against FTS5 asked directly in the same file.

export const SEARCH_HEAD = ['where', 'search', 'agents-wasm', 'bare FTS5', 'ratio', 'budget', ''];

const CONVERSATIONS = 1000;
const ITEMS = 100;
const BUDGET = 50;
const TURNS = { turns: 15, warmUp: 3 };

const random = seeded(6);
/** As often as words are in a language: the n-th one is 1/n as frequent as the first. */
const WORDS = Array.from({ length: 8000 }, (_, index) => pronounceable(index));
const word = () => WORDS[Math.floor(WORDS.length ** random()) - 1] as string;

const BARE = `SELECT m.session_id, m.message_data FROM agents_wasm_agent_messages_search s JOIN agent_messages m ON m.id =
  s.rowid WHERE agents_wasm_agent_messages_search MATCH ? ORDER BY s.rowid DESC LIMIT 20`;

const SEARCHES: [what: string, text: string, match: string][] = [
  ['a rare word', rare(), `"${rare()}"`],
  ['a word of every second item', frequent(), `"${frequent()}"`],
  ['two words', `${WORDS[40]} ${WORDS[300]}`, `"${WORDS[40]}" "${WORDS[300]}"`],
  ['a phrase', `"${WORDS[3]} ${WORDS[5]}"`, `"${WORDS[3]} ${WORDS[5]}"`],
  ['a word and the beginning of one', `${WORDS[200]} ba`, `"${WORDS[200]}" "ba"*`],
  ['what nobody said', 'zzzz', '"zzzz"'],
];

export async function searchRows(): Promise<StoreRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'agents-bench-'));
  try {
    return await rowsIn(join(folder, 'search.db'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function rowsIn(dbPath: string): Promise<StoreRow[]> {
  await using session = new SQLiteSession({ dbPath });
  for (let number = 0; number < CONVERSATIONS; number++) await session.saveItems(`c${number}`, conversation());
  const start = performance.now();
  await session.search(rare());
  const first = performance.now() - start;
  const database = new DatabaseSync(dbPath, { readOnly: true });
  const bare = database.prepare(BARE);
  const rows: StoreRow[] = [];
  for (const [what, text, match] of SEARCHES) {
    const found = await interleaved(
      { ours: { work: () => session.search(text) }, bare: { work: () => bare.all(match) } },
      TURNS,
    );
    const kept = found.ours < BUDGET;
    const ratio = times(found.ours / found.bare);
    rows.push(row([what, ms(found.ours), ms(found.bare), ratio, `< ${BUDGET} ms`], kept));
  }
  database.close();
  rows.push(row(['the first one, which makes the index', ms(first), '', '', 'none'], true));
  return rows;
}

function row(cells: string[], kept: boolean): StoreRow {
  return { cells: ['node:sqlite, a file', ...cells, kept ? 'kept' : 'MISSED'], kept };
}

function conversation() {
  return Array.from({ length: ITEMS }, (_, index) => {
    const text = Array.from({ length: 20 + Math.floor(random() * 80) }, word).join(' ');
    return index % 2 ? ({ role: 'assistant', content: text } as const) : text;
  });
}

function pronounceable(index: number): string {
  let text = '';
  for (let rest = index + 20; rest > 0; rest = Math.floor(rest / 100)) {
    text += 'bcdfghjklmnprstvwxyz'[rest % 20] + ('aeiou'[Math.floor(rest / 20) % 5] as string);
  }
  return text;
}

function rare(): string {
  return WORDS[7990] as string;
}

function frequent(): string {
  return WORDS[8] as string;
}
