import { kindOf, refuse } from '../check.ts';
import { UserError } from '../errors.ts';
import type { Item } from '../items.ts';
import type { LoadOptions, SaveOptions, Session } from '../sessions/session.ts';
import type { SdkSession } from './contract.ts';

export type SdkSessionOf = (conversationId: string) => SdkSession | Promise<SdkSession>;

/**
 * A session over a session of `@openai/agents`, whichever keeps it: our runs read and continue what the SDK's wrote. The
 * SDK's sessions hold one conversation each. Given one of them, the result is for the first conversation that it is
 * asked for and refuses others; a function gives the SDK's session of each conversation, for each call.
 *
 * @example
 * const session = fromSdkSession((conversationId) => new FileSession({ sessionId: conversationId }));
 * await run(agent, "Hello, I'm John", { session, conversationId: 'user-123' });
 */
export function fromSdkSession(source: SdkSession | SdkSessionOf): Session {
  if (typeof source === 'function') return new SdkBackedSession(source);
  checkSdkSession(source, 'sdkSession');
  let held: string | undefined;
  return new SdkBackedSession((conversationId) => {
    held ??= conversationId;
    if (held === conversationId) return source;
    throw new UserError(
      'user_error',
      "A session of the SDK holds one conversation, and was used for another. Give fromSdkSession a function from a conversation's id to its session.",
    );
  });
}

class SdkBackedSession implements Session {
  readonly sessionType = 'SdkSession';
  readonly #sessionOf: SdkSessionOf;

  constructor(sessionOf: SdkSessionOf) {
    this.#sessionOf = sessionOf;
  }

  async loadItems(conversationId: string, options?: LoadOptions): Promise<Item[]> {
    const { load } = await import('./adapter.ts');
    return load(await this.#open(conversationId), options?.maxItems);
  }

  async saveItems(conversationId: string, items: Item[], options?: SaveOptions): Promise<void> {
    const { save } = await import('./adapter.ts');
    await save(await this.#open(conversationId), items, options?.operationId);
  }

  async #open(conversationId: string): Promise<SdkSession> {
    const session = await this.#sessionOf(conversationId);
    checkSdkSession(session, 'What the function of fromSdkSession gave');
    return session;
  }
}

function checkSdkSession(session: unknown, argument: string): asserts session is SdkSession {
  const { getItems, addItems } = (session ?? {}) as Partial<SdkSession>;
  if (typeof getItems === 'function' && typeof addItems === 'function') return;
  const isObject = kindOf(session).startsWith('an object');
  if (!isObject) refuse(argument, session, 'a session of the SDK, an object with getItems and addItems');
  throw new UserError('invalid_argument', `${argument} must have the methods getItems and addItems.`);
}
