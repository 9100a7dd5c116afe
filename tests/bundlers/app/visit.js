import { SQLiteSession } from 'agents-wasm';
import { converse } from './conversation.js';

/** What one visit of the page comes to. */
export async function visit() {
  const session = new SQLiteSession({ dbPath: 'bundled.db' });
  try {
    const { persistence } = await session.storage();
    return { ...(await converse(session)), persistence };
  } catch ({ code, message }) {
    return { code, message };
  } finally {
    await session.close();
  }
}
