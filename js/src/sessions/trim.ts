import type { Origin, StoredPage } from './store-calls.ts';

/** What a history loses that keeps its newest items. */
export interface Trim {
  uids: string[];
  /** Of what compactions folded, and nothing stands for any more. */
  shelves: string[];
  bytes: number;
}

interface History {
  /** With the folded shelves. */
  page: StoredPage;
  /** The uids of the items that stay. */
  kept: ReadonlySet<string>;
  folded(shelf: string): Promise<Origin[]>;
}

const FOLDED = 'folded:';
const encoder = new TextEncoder();

/** Nothing where all items stay. */
export async function trimOf({ page, kept, folded }: History): Promise<Trim | undefined> {
  const trim: Trim = { uids: [], shelves: [], bytes: 0 };
  page.origins.forEach(({ uid }, index) => {
    if (kept.has(uid)) return;
    trim.uids.push(uid);
    trim.bytes += encoder.encode(JSON.stringify(page.items[index])).length;
  });
  if (trim.uids.length === 0) return undefined;
  const shelves = new Set(page.shelves?.map(({ name }) => name));
  // Compactions fold what stands for earlier ones.
  for (const gone = [...trim.uids]; gone.length > 0; ) {
    const shelf = shelfBehind(gone.pop() as string);
    if (!shelves.delete(shelf)) continue;
    trim.shelves.push(shelf);
    for (const { uid } of await folded(shelf)) gone.push(uid);
  }
  return trim;
}

/** The stand-in of a fold has the fold's id and a number as its uid. */
function shelfBehind(uid: string): string {
  return FOLDED + uid.replace(/\.0$/, '');
}
