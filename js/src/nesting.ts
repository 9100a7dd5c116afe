import { refuse } from './check.ts';
import { ConversationBusyError } from './errors.ts';
import type { RunContext } from './run-context.ts';
import type { RunConfig } from './run-options.ts';
import type { Session } from './sessions/session.ts';
import type { Usage } from './usage.ts';

/** Which conversation a run writes, from which run's tool it was started, and what runs inside it share with it. */
export interface RunPlace {
  session: Session | undefined;
  conversationId: string | undefined;
  parent: RunContext | undefined;
  runConfig: RunConfig | undefined;
  /** What the runs inside it have used. */
  nested: Usage[];
}

const places = new WeakMap<object, RunPlace>();

/** Remembers the place of the run whose tools get this context. */
export function setPlace(context: RunContext, place: RunPlace): void {
  places.set(context, place);
}

export function placeOf(context: RunContext): RunPlace | undefined {
  return places.get(context);
}

/** Refuses a run on a conversation that one of the runs around it holds: it would wait for itself. */
export function checkNesting({ session, conversationId, parent }: Omit<RunPlace, 'runConfig' | 'nested'>): void {
  if (parent === undefined) return;
  if (typeof parent !== 'object' || !places.has(parent))
    refuse('parent', parent, "the context that a run's tool was given");
  for (let place = places.get(parent); place; place = place.parent && places.get(place.parent)) {
    if (session === undefined || conversationId === undefined || place.conversationId !== conversationId) continue;
    if (!isSame(session, place.session)) continue;
    throw new ConversationBusyError(
      'conversation_busy',
      'The run that this tool belongs to holds the conversation. Use another conversationId, or no session, for a nested run.',
    );
  }
}

function isSame(one: Session, other: Session | undefined): boolean {
  return one === other || (one.storeKey !== undefined && one.storeKey === other?.storeKey);
}
