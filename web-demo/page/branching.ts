import type { Branch, SQLiteSession, StoredItem } from 'agents-wasm';

/** The ways on from one place of a conversation, of which one is shown. */
export interface Choice {
  /** Ids of branches, in the order in which they were begun. */
  branches: readonly string[];
  /** Which of them is shown. */
  at: number;
}

type Branching = Pick<SQLiteSession, 'listBranches'>;

/** Where a conversation has other ways on: under the uid of the item before them, '' for its very beginning. */
export async function choicesOf(
  session: Branching,
  id: string,
  items: readonly StoredItem[],
): Promise<Map<string, Choice>> {
  const branches = await session.listBranches(id);
  if (branches.length < 2) return new Map();
  const line = lineOf(branches);
  const choices = new Map<string, Choice>();
  for (const place of ['', ...items.map(({ uid }) => uid ?? '')]) {
    const ways = waysFrom(branches, place);
    const shown = line.find((one) => ways.includes(one));
    const at = shown ? ways.indexOf(shown) : -1;
    if (ways.length > 1 && at >= 0) choices.set(place, { branches: ways.map(({ id }) => id), at });
  }
  return choices;
}

/** The branches that begin here, and those that they left here. */
function waysFrom(branches: readonly Branch[], place: string): Branch[] {
  const begun = branches.filter(({ forkedAfter = '' }) => forkedAfter === place);
  const left = new Set(begun.map(({ parentId }) => parentId));
  return branches.filter((branch) => begun.includes(branch) || left.has(branch.id));
}

/** The active branch, the one that it began on, and so on. */
function lineOf(branches: readonly Branch[]): Branch[] {
  const line: Branch[] = [];
  let at = branches.find(({ active }) => active);
  while (at && !line.includes(at)) {
    line.push(at);
    const { parentId } = at;
    at = branches.find(({ id }) => id === parentId);
  }
  return line;
}
