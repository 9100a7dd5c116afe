/** What exports and imports agree on. */
export const EXPORT_TYPE = 'agents_wasm.export';
export const EXPORT_VERSION = 1;

/** Shelves of runs that are under way: they are no part of a history, and stay where they are. */
export const JOURNAL_PREFIX = 'run:';
/** Shelves of what was folded; the names of the items that stand in for it begin with the rest of the shelf's name. */
export const FOLD_PREFIX = 'folded:';
