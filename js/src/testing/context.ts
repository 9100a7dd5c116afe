import { typeOf } from './check/input.ts';
import { checkSeal } from './compaction/seal.ts';
import { badRequest, notFound } from './errors.ts';
import type { ResponseIds } from './ids.ts';
import { checkContext } from './pairing.ts';
import type { ResponseStore } from './store.ts';
import type { CreateRequest, Item } from './wire.ts';

export interface Context {
  /** This request's input as it is stored: every item with a type and an id, message content as parts. */
  own: Item[];
  /** What the model reads: the items of the chain, then `own`. */
  items: Item[];
}

/** The fields of a request that say what it is about. */
export type ContextRequest = Pick<CreateRequest, 'input' | 'previous_response_id' | 'conversation' | 'prompt'>;

/** What a request is about. Throws when it points to nothing, is empty, or does not fit together. */
export function buildContext(request: ContextRequest, store: ResponseStore, ids: ResponseIds): Context {
  checkState(request, store);
  const inherited = chain(request.previous_response_id, store);
  const own = inputItems(request.input).map((item) => normalise(item, store, ids));
  const items = [...inherited, ...own];
  if (items.length === 0) {
    throw badRequest(
      `One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.`,
      'input',
    );
  }
  for (const item of own) if (item.type === 'compaction') checkSeal(item.encrypted_content);
  checkContext(items);
  return { own, items };
}

function checkState(request: ContextRequest, store: ResponseStore): void {
  const { conversation, previous_response_id: previousId, prompt } = request;
  if (conversation && previousId) {
    throw badRequest(
      "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
      null,
      'mutually_exclusive_parameters',
    );
  }
  if (conversation) {
    const id = typeof conversation === 'string' ? conversation : conversation.id;
    throw notFound(`Conversation with id '${id}' not found.`);
  }
  if (prompt) throw notFound(`Prompt with id '${prompt.id}' not found.`);
  if (previousId && !store.get(previousId)) throw previousNotFound(previousId);
}

function chain(previousId: string | null | undefined, store: ResponseStore): Item[] {
  const turns: Item[][] = [];
  for (let id = previousId; id; ) {
    const stored = store.get(id);
    if (!stored) throw previousNotFound(id);
    turns.push([...stored.input, ...stored.response.output]);
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

/** An item of the input as the API stores it. */
export function normalise(item: Record<string, unknown>, store: ResponseStore, ids: ResponseIds): Item {
  const type = typeOf(item);
  if (type === 'item_reference') return referenced(String(item.id), store);
  const id = typeof item.id === 'string' ? item.id : ids.item(type);
  if (type !== 'message') return { ...item, id, type };
  const { role, content, ...rest } = item;
  return { ...rest, id, type, status: 'completed', content: parts(role, content), role };
}

function parts(role: unknown, content: unknown): unknown {
  if (typeof content !== 'string') return content;
  if (role !== 'assistant') return [{ type: 'input_text', text: content }];
  return [{ type: 'output_text', annotations: [], logprobs: [], text: content }];
}

function referenced(id: string, store: ResponseStore): Item {
  const item = store.item(id);
  if (item) return item;
  throw notFound(
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    'input',
  );
}
