import { SQLiteSession } from 'agents-wasm';
import { converse } from '../../conversation.js';

export async function POST() {
  const session = new SQLiteSession({ dbPath: 'bundled.db' });
  try {
    return Response.json(await converse(session));
  } finally {
    await session.close();
  }
}
