import { SQLiteSession, setDefaultOpenAI } from 'agents-wasm';
import { App } from './app.ts';
import { Cover } from './cover.ts';
import { explain } from './explain.ts';
import { Memory } from './memory.ts';
import { Shelf } from './shelf.ts';
import type { Speaker } from './speaker.ts';

/** Opens the conversations and shows the chat; tries as often as the user does. */
export async function start(findSpeaker: () => Promise<Speaker>): Promise<void> {
  const cover = new Cover();
  const session = new SQLiteSession({ dbPath: 'conversations.db' });
  for (;;) {
    try {
      const speaker = await findSpeaker();
      setDefaultOpenAI(speaker.openai);
      const storage = await session.storage();
      const memory = new Memory(session, speaker.compaction);
      const shelf = new Shelf(memory.shelfSession);
      await shelf.refresh();
      const app = new App({ session, memory, shelf, speaker, storage });
      cover.lift();
      await app.begin();
      return;
    } catch (error) {
      await cover.showFailure(explain(error));
      cover.showOpening();
    }
  }
}
