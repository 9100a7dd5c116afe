import { MemorySession } from 'agents-wasm';
import { converse } from '../../conversation.js';

export const runtime = 'edge';

const session = new MemorySession();

export async function POST() {
  return Response.json(await converse(session));
}
