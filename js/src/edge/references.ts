/** What lies in an account and is named by an id: everybody who has the account's key could read it. */
export const OWNED = [
  'conversation',
  'response',
  'item',
  'file',
  'vector_store',
  'container',
  'prompt',
  'skill',
  'tunnel',
] as const;

export type Owned = (typeof OWNED)[number];

export interface Reference {
  kind: Owned;
  id: string;
  /** The member that names it. */
  param: string;
}

export interface Named {
  /** Each once. */
  references: Map<string, Reference>;
  /** The models that are named anywhere: a tool may have one of its own. */
  models: string[];
}

type Json = Record<string, unknown>;

/** Members that name something wherever they are. */
const ANYWHERE: Record<string, Owned> = {
  comparison_response_id: 'response',
  file_id: 'file',
  file_ids: 'file',
  vector_store_ids: 'vector_store',
  container: 'container',
  skill_id: 'skill',
  tunnel_id: 'tunnel',
};
/** Words of the caller's own, and what an answer was made from: an id in there opens nothing. */
const INERT = new Set(['parameters', 'output_schema', 'schema', 'metadata', 'arguments', 'annotations', 'results']);

/** Finds what a body names of the account behind the key. */
export function namedIn(body: Json): Named {
  const named: Named = { references: new Map(), models: [] };
  readRequest(body, named);
  // With a list of its own: a body may be nested more deeply than calls can be.
  const open: unknown[] = [body];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) readObject(value as Json, named);
    for (const [key, member] of Object.entries(value)) {
      if (Array.isArray(value) || !INERT.has(key)) open.push(member);
    }
  }
  return named;
}

function readRequest(body: Json, named: Named): void {
  addReferences(named, 'conversation', 'conversation', body.conversation);
  addReferences(named, 'response', 'previous_response_id', body.previous_response_id);
  // A text is no reference, but what older endpoints answer.
  if (typeof body.prompt === 'object') addReferences(named, 'prompt', 'prompt', body.prompt);
  for (const list of ['input', 'items']) {
    for (const item of Array.isArray(body[list]) ? body[list] : []) {
      if (isItemReference(item ?? {})) addReferences(named, 'item', list, item.id);
    }
  }
}

function readObject(object: Json, named: Named): void {
  for (const [param, kind] of Object.entries(ANYWHERE)) {
    if (Object.hasOwn(object, param)) addReferences(named, kind, param, object[param]);
  }
  if (object.type === 'container_reference') addReferences(named, 'container', 'container_id', object.container_id);
  named.models.push(...texts(object.model), ...texts(object.models));
}

/** The API takes an object with nothing but an id for a reference, too, and looks up what lacks its content. */
function isItemReference({ type, id, role, content, encrypted_content: sealed, result }: Json): boolean {
  if (id === undefined || id === null) return false;
  if (type === 'reasoning') return typeof sealed !== 'string';
  if (type === 'image_generation_call') return typeof result !== 'string';
  return type === 'item_reference' || (type ?? role ?? content ?? undefined) === undefined;
}

function addReferences({ references }: Named, kind: Owned, param: string, value: unknown): void {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
  for (const text of texts(id)) references.set(`${kind} ${text}`, { kind, id: text, param });
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}
