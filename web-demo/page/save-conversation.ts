import { conversationMarkdown } from 'agents-wasm';
import { download, fileName } from './download.ts';
import type { BranchingSession } from './memory.ts';

/** To be read by people. */
export async function saveMarkdown(session: BranchingSession, id: string, title: string): Promise<void> {
  const text = await conversationMarkdown(session, id, { includeCompacted: true });
  download(fileName(title, 'md'), [text], 'text/markdown');
}

/** To be imported again, here or elsewhere. Of an encrypted conversation it holds the words themselves. */
export async function saveJsonl(session: BranchingSession, id: string, title: string): Promise<void> {
  const parts: BlobPart[] = [];
  for await (const bytes of session.exportConversations({ conversationIds: [id] })) {
    parts.push(bytes as Uint8Array<ArrayBuffer>);
  }
  download(fileName(title, 'jsonl'), parts, 'application/jsonl');
}
