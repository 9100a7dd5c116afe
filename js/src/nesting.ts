import { refuse } from './check.ts';
import { ConversationBusyError } from './errors.ts';
import type { Session } from './sessions/session.ts';
import type { RunContext } from './tool.ts';

/** Which conversation a run writes, and from which run's tool it was started. */
export interface RunPlace {
  session: Session | undefined;
  conversationId: string | undefined;
  parent: RunContext | undefined;
}

const places = new WeakMap<object, RunPlace>();

/** Remembers the place of the run whose tools get this context. */
export function setPlace(context: RunContext, place: RunPlace): void {
  places.set(context, place);
}

/** Refuses a run on a conversation that one of the runs around it holds: it would wait for itself. */
export function checkNesting({ session, conversationId, parent }: RunPlace): void {
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
