import { checkBoolean, checkConversationId, checkOptions } from '../check.ts';
import { checkSession } from '../run-options.ts';
import type { Session } from '../sessions/session.ts';
import type { MarkdownOptions } from './moving-options.ts';

// What is behind these is loaded at the first use: most pages never need it.

/**
 * A conversation as Markdown, to be read by people: who said what and when. What was said stands in quotations, so that
 * nothing in it ends or hides what comes behind it; tool calls are folded; images and files are named. It cannot be
 * imported again: `exportConversations` writes what can.
 *
 * @example
 * await writeFile('talk.md', await conversationMarkdown(session, 'user-123'));
 */
export async function conversationMarkdown(
  session: Session,
  conversationId: string,
  options: MarkdownOptions = {},
): Promise<string> {
  checkSession(session);
  checkConversationId(conversationId);
  checkOptions('options', options);
  for (const name of ['includeTools', 'includeCompacted'] as const) {
    if (options[name] !== undefined) checkBoolean(`options.${name}`, options[name]);
  }
  const { writeMarkdown } = await import('./conversation-markdown.ts');
  return writeMarkdown(session, conversationId, options);
}
