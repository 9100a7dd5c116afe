import type { Item } from './items.ts';
import type { ConversationPatterns } from './patterns-report.ts';

/**
 * How a conversation went: how long its turns are, which tools it uses and how often they fail, who hands over to whom,
 * what is said or called again and again, and how long answers took as far as the items' times tell.
 *
 * @example
 * const { turns, tools } = await analyzeConversationPatterns(await session.loadItems('user-123'));
 */
export async function analyzeConversationPatterns(items: readonly Item[]): Promise<ConversationPatterns> {
  const { patternsOf } = await import('./patterns-report.ts');
  return patternsOf(items);
}
