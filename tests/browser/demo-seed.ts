import { SQLiteSession } from 'agents-wasm';

/** Fills a conversation of the demo's database with questions and answers. */
async function fill(id: string, exchanges: number): Promise<void> {
  const session = new SQLiteSession({ dbPath: 'conversations.db' });
  const items = Array.from({ length: exchanges }, (_, index) => [
    { role: 'user', content: `Question ${index + 1}` },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: `Answer ${index + 1}`, annotations: [] }],
    },
  ]);
  await session.saveItems(id, items.flat());
  await session.setTitle(id, 'A long one');
  await session.close();
}

declare global {
  var seed: (id: string, exchanges: number) => Promise<void>;
}
Object.assign(globalThis, { seed: fill });
