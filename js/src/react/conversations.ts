import { useMemo, useSyncExternalStore } from 'react';

import type { Conversation, ConversationPage, ListOptions } from '../sessions/conversations.ts';
import type { ConversationListener } from '../sessions/watch.ts';
import { untilAborted, View } from './view.ts';

/** What the hook needs of a session; those of this package have it. */
export interface ListedSession {
  listConversations(options?: ListOptions): Promise<ConversationPage>;
  subscribeAll(listener: ConversationListener): Promise<() => void>;
}

interface ListState {
  readonly conversations: readonly Conversation[];
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly error: unknown;
}

export interface ConversationsState extends ListState {
  /** Shows so many more. */
  loadMore(): void;
}

const NOTHING_YET: ListState = { conversations: [], hasMore: false, loading: true, error: undefined };

/**
 * The conversations of a session, the one that changed last first, also where another tab changes them.
 *
 * @example
 * const { conversations, hasMore, loadMore } = useConversations(session);
 */
export function useConversations(session: ListedSession, { limit = 20 }: { limit?: number } = {}): ConversationsState {
  const view = useMemo(() => new ListView(session, limit), [session, limit]);
  const state = useSyncExternalStore(view.subscribe, view.getSnapshot, () => NOTHING_YET);
  return { ...state, loadMore: view.loadMore };
}

class ListView extends View<ListState> {
  readonly #session: ListedSession;
  readonly #step: number;
  #limit: number;

  constructor(session: ListedSession, limit: number) {
    super(NOTHING_YET);
    this.#session = session;
    this.#step = limit;
    this.#limit = limit;
  }

  readonly loadMore = (): void => {
    this.#limit += this.#step;
    void this.load();
  };

  protected override watch(signal: AbortSignal): Promise<void> {
    const listener: ConversationListener = ({ type }) => {
      if (type !== 'text' && type !== 'runs') void this.load();
    };
    return untilAborted(signal, this.#session.subscribeAll(listener));
  }

  protected override async read(): Promise<Partial<ListState>> {
    const { conversations, next } = await this.#session.listConversations({ limit: this.#limit });
    return { conversations, hasMore: next !== undefined, loading: false };
  }
}
