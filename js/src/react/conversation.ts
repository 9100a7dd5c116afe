import { useMemo, useSyncExternalStore } from 'react';

import type { Item } from '../items.ts';
import type { OpenRun } from '../sessions/open-runs.ts';
import type { LoadOptions } from '../sessions/session.ts';
import type { ConversationEvent, ConversationListener } from '../sessions/watch.ts';
import { untilAborted, View } from './view.ts';

/** What the hooks need of a session; those of this package have it. */
export interface WatchedSession {
  loadItems(conversationId: string, options?: LoadOptions): Promise<Item[]> | Item[];
  subscribe(conversationId: string, listener: ConversationListener): Promise<() => void>;
  openRuns(conversationId: string): Promise<OpenRun[]>;
}

export interface ConversationState {
  /** The history; empty until it is read. */
  readonly items: readonly Item[];
  /** What a streamed run is saying, in whichever tab it runs; empty when it has ended. */
  readonly text: string;
  /** The runs that have begun and are not part of the history: running, waiting for an approval, failed … */
  readonly openRuns: readonly OpenRun[];
  /** Until the history has been read for the first time. */
  readonly loading: boolean;
  /** Why it could not be read. */
  readonly error: unknown;
}

const NOTHING_YET: ConversationState = { items: [], text: '', openRuns: [], loading: true, error: undefined };

/**
 * A conversation as it is now, also where another tab changes it. On a server that renders the page it is empty.
 *
 * @example
 * const { items, text } = useConversation(session, 'user-123', { maxItems: 50 });
 */
export function useConversation(
  session: WatchedSession,
  conversationId: string,
  { maxItems }: { maxItems?: number } = {},
): ConversationState {
  const view = useMemo(
    () => new ConversationView(session, conversationId, maxItems),
    [session, conversationId, maxItems],
  );
  return useSyncExternalStore(view.subscribe, view.getSnapshot, () => NOTHING_YET);
}

class ConversationView extends View<ConversationState> {
  readonly #session: WatchedSession;
  readonly #id: string;
  readonly #options: LoadOptions;
  #speaker: string | undefined;

  constructor(session: WatchedSession, conversationId: string, maxItems: number | undefined) {
    super(NOTHING_YET);
    this.#session = session;
    this.#id = conversationId;
    this.#options = maxItems === undefined ? {} : { maxItems };
  }

  protected override watch(signal: AbortSignal): Promise<void> {
    return untilAborted(
      signal,
      this.#session.subscribe(this.#id, (event) => this.#hear(event)),
    );
  }

  protected override async read(): Promise<Partial<ConversationState>> {
    const speaker = this.#speaker;
    const [items, openRuns] = await Promise.all([
      this.#session.loadItems(this.#id, this.#options),
      this.#session.openRuns(this.#id),
    ]);
    const isSpeaking = openRuns.some(({ runId, state }) => runId === speaker && state === 'running');
    // One that began to speak meanwhile was not open yet when this was read.
    const hasEnded = speaker === this.#speaker && !isSpeaking;
    return { items, openRuns, loading: false, ...(hasEnded ? { text: '' } : {}) };
  }

  #hear(event: ConversationEvent): void {
    if (event.type !== 'text') {
      void this.load();
      return;
    }
    const text = event.runId === this.#speaker ? this.getSnapshot().text : '';
    this.#speaker = event.runId;
    this.change({ text: text + event.text });
  }
}
