import { SQLiteSession, setDefaultOpenAI } from 'agents-wasm';
import { App } from './app.ts';
import { Cover } from './cover.ts';
import { explain } from './explain.ts';
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
      const shelf = new Shelf(session);
      await shelf.refresh();
      const app = new App({ session, shelf, speaker, storage });
      cover.lift();
      await app.begin();
      return;
    } catch (error) {
      await cover.showFailure(explain(error));
      cover.showOpening();
    }
  }
}
