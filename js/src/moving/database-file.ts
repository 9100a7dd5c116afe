import type { ImportOptions, ImportReport } from '../sessions/import-conversations.ts';
import type { StoredSession } from '../sessions/stored-session.ts';
import { ImageSession, type ImageSessionOptions } from './image-session.ts';
import type { DatabaseExportOptions, DatabaseImportOptions } from './moving-options.ts';

/** A database that has nothing but the conversations: no open runs, no rests of what was deleted. */
export async function writeDatabase(session: StoredSession, options: DatabaseExportOptions): Promise<Uint8Array> {
  const { conversationIds, signal, onProgress, ...places } = options;
  const copy = new ImageSession(given(places));
  try {
    await copy.importConversations(session.exportConversations({ conversationIds, signal }), {
      signal,
      ...told(onProgress),
    });
    return await copy.image();
  } finally {
    await copy.close();
  }
}

export async function readDatabase(
  session: StoredSession,
  image: Uint8Array,
  options: DatabaseImportOptions,
): Promise<ImportReport> {
  const { signal, onProgress, ...places } = options;
  const source = new ImageSession({ ...given(places), image });
  try {
    return await session.importConversations(source.exportConversations({ signal }), { signal, ...told(onProgress) });
  } finally {
    await source.close();
  }
}

/** Without the bytes, which are those of neither file. */
function told(onProgress: DatabaseExportOptions['onProgress']): Pick<ImportOptions, 'onProgress'> {
  return { onProgress: onProgress && (({ conversations, items }) => onProgress({ conversations, items })) };
}

function given(options: object): ImageSessionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
