import type { Compaction } from './compaction.ts';

type CompactionNote = Omit<Compaction, 'id' | 'createdAt'>;

/** As the core tells of them; the note is JSON, with more in it than is of use here. */
export function compactionsFrom(heads: { id: string; createdAt: string; note: CompactionNote }[]): Compaction[] {
  return heads.map(({ id, createdAt, note }) => {
    const { strategy, model, folded, tokensBefore, tokensAfter, usage } = note;
    return { id, createdAt: new Date(createdAt), strategy, model, folded, tokensBefore, tokensAfter, usage };
  });
}
