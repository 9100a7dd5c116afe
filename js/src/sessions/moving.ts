import { randomId } from '../random-id.ts';
import type { Opened } from './store-calls.ts';

/** What exports and imports agree on. */
export const EXPORT_TYPE = 'agents_wasm.export';
export const EXPORT_VERSION = 1;

/** Shelves of runs that are under way: they are no part of a history, and stay where they are. */
export const JOURNAL_PREFIX = 'run:';
/** Shelves of what was folded; the names of the items that stand in for it begin with the rest of the shelf's name. */
export const FOLD_PREFIX = 'folded:';

/** The version of a conversation that is not there: versions are opaque, but this one is always the same. */
export async function versionOfNothing(session: Opened): Promise<string> {
  const { core, id } = await session.opened();
  const query = { session: id, conversationId: `none.${randomId()}`, newest: 0 };
  return (await core.call('session.read', query)).head.version;
}
