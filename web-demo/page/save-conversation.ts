import { conversationMarkdown } from 'agents-wasm';
import { download, downloadJsonl, fileName } from './download.ts';
import type { BranchingSession } from './memory.ts';

/** To be read by people. */
export async function saveMarkdown(session: BranchingSession, id: string, title: string): Promise<void> {
  const text = await conversationMarkdown(session, id, { includeCompacted: true });
  download(fileName(title, 'md'), [text], 'text/markdown');
}

/** To be imported again, here or elsewhere. Of an encrypted conversation it holds the words themselves. */
export async function saveJsonl(session: BranchingSession, id: string, title: string): Promise<void> {
  await downloadJsonl(fileName(title, 'jsonl'), session.exportConversations({ conversationIds: [id] }));
}
