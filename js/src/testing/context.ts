import { type Backend, findItem } from './backend.ts';
import { checkConversationId } from './check/conversations.ts';
import { checkSeal } from './compaction/seal.ts';
import { sinceCompaction } from './compaction/summary.ts';
import type { Conversation } from './conversations.ts';
import { badRequest, conversationLocked, conversationNotFound, notFound } from './errors.ts';
import type { ResponseIds } from './ids.ts';
import { checkContext } from './pairing.ts';
import type { ResponseStore } from './store.ts';
import { lasting, storedForm } from './stored-form.ts';
import type { CreateRequest, Item } from './wire.ts';

export interface Context {
  /** The conversation that the request is part of. */
  conversation: Conversation | undefined;
  /** This request's input as it is stored: every item with a type and an id, message content as parts. */
  own: Item[];
  /** What the conversation held before it. */
  before: readonly Item[];
  /** What the model reads: the items of the chain or of the conversation, then `own`. */
  items: Item[];
  /** Whether the input ends with the wish to have all this folded. */
  compactNow: boolean;
}

/** The fields of a request that say what it is about. */
export type ContextRequest = Pick<CreateRequest, 'input' | 'previous_response_id' | 'conversation' | 'prompt'>;

/** What the server keeps. */
type Kept = Pick<Backend, 'store' | 'conversations'>;

/** What a request is about. Throws when it points to nothing, is empty, or does not fit together. */
export function buildContext(request: ContextRequest, kept: Kept, ids: ResponseIds): Context {
  const conversation = checkState(request, kept);
  const inherited = conversation?.items ?? chain(request.previous_response_id, kept.store);
  const find = findItem(kept);
  const input = inputItems(request.input);
  const own = lasting(input).map((item) => storedForm(item, find, ids));
  if (inherited.length + own.length === 0) {
    throw badRequest(
      `One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.`,
      'input',
    );
  }
  for (const item of own) if (item.type === 'compaction') checkSeal(item.encrypted_content);
  const items = sinceCompaction([...inherited, ...own]);
  checkContext(items);
  const before = conversation?.items ?? [];
  return { conversation, own, before, items, compactNow: endsWithTrigger(input) };
}

/** Whether the input asks for a compaction. Throws when it asks in any other place than the last. */
function endsWithTrigger(input: readonly Record<string, unknown>[]): boolean {
  const index = input.findIndex(({ type }) => type === 'compaction_trigger');
  if (index < 0 || index === input.length - 1) return index >= 0;
  const path = `input[${index}]`;
  throw badRequest(
    `Invalid '${path}': 'compaction_trigger' must be the last item of the input.`,
    path,
    'invalid_value',
  );
}

/** Throws when another response is being made from the request's conversation. */
export function checkUnlocked({ conversation }: ContextRequest, { conversations }: Kept): void {
  const id = typeof conversation === 'string' ? conversation : conversation?.id;
  if (id && conversations.get(id)?.locked) throw conversationLocked();
}

function checkState(request: ContextRequest, { store, conversations }: Kept): Conversation | undefined {
  const { conversation, previous_response_id: previousId, prompt } = request;
  if (conversation && previousId) {
    throw badRequest(
      "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
      null,
      'mutually_exclusive_parameters',
    );
  }
  const found = conversation ? findConversation(conversation, conversations) : undefined;
  if (prompt) throw notFound(`Prompt with id '${prompt.id}' not found.`);
  if (previousId && !store.get(previousId)) throw previousNotFound(previousId);
  return found;
}

function findConversation(
  named: NonNullable<CreateRequest['conversation']>,
  conversations: Kept['conversations'],
): Conversation {
  const id = typeof named === 'string' ? named : named.id;
  checkConversationId(id, 'conversation');
  const conversation = conversations.get(id);
  if (!conversation) throw conversationNotFound(id);
  return conversation;
}

function chain(previousId: string | null | undefined, store: ResponseStore): Item[] {
  const turns: Item[][] = [];
  for (let id = previousId; id; ) {
    const stored = store.get(id);
    if (!stored) throw previousNotFound(id);
    turns.push([...stored.before, ...stored.input, ...stored.response.output]);
    id = stored.previousId;
  }
  return turns.reverse().flat();
}

function previousNotFound(id: string): Error {
  const message = `Previous response with id '${id}' not found.`;
  return badRequest(message, 'previous_response_id', 'previous_response_not_found');
}

function inputItems(input: CreateRequest['input']): Record<string, unknown>[] {
  if (!input) return [];
  const list = typeof input === 'string' ? [input] : input;
  return list.map((element) => (typeof element === 'string' ? { role: 'user', content: element } : element));
}
