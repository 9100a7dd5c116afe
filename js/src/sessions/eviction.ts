/** A place where a browser keeps a database, and may throw it away. */
interface Place {
  /** The `storeKey` of its sessions. */
  key: string;
  /** Whether the database is there, without opening it. */
  isThere(): Promise<boolean>;
}

interface Mark {
  /** When the database was opened last, in ms. */
  at: number;
  /** It was found missing, nobody has been told yet, and it had been opened last at this time. */
  missedSince?: number | undefined;
}

const PREFIX = 'agents-wasm.opened:';

/**
 * Notices that a database is gone which was there. Nobody but `localStorage` remembers it, so only pages can tell. To be
 * called before it is opened; gives the time when it had been opened last, if it is gone.
 */
export async function lookFor({ key, isThere }: Place): Promise<Date | undefined> {
  const mark = markOf(key);
  if (!mark) return undefined;
  const isGone = !(await isThere().catch(() => true));
  const missedSince = mark.missedSince ?? (isGone ? mark.at : undefined);
  if (missedSince === undefined) return undefined;
  setMark(key, { ...mark, missedSince });
  return new Date(missedSince);
}

/** From here on the database is there. */
export function markOpened(key: string): void {
  setMark(key, { ...markOf(key), at: Date.now() });
}

/** Somebody has been told that the database was gone. */
export function toldOfLoss(key: string): void {
  if (markOf(key)?.missedSince !== undefined) setMark(key, { at: Date.now() });
}

function markOf(key: string): Mark | undefined {
  try {
    const mark = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
    return typeof mark?.at === 'number' ? mark : undefined;
  } catch {
    return undefined;
  }
}

/** There is no `localStorage` in Workers and on servers, and one that fails where a page may keep nothing. */
function setMark(key: string, mark: Mark): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(mark));
  } catch {
    // Then a loss goes unnoticed.
  }
}
