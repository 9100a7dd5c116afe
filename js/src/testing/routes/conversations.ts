import type { Backend } from '../backend.ts';
import { findItem } from '../backend.ts';
import type { Call } from '../call.ts';
import { checkConversation, checkConversationId, checkItems, checkUpdate } from '../check/conversations.ts';
import { checkInclude, checkListQuery } from '../check/list-query.ts';
import { Conversation } from '../conversations.ts';
import { conversationLocked, conversationNotFound, notFound } from '../errors.ts';
import { ResponseIds } from '../ids.ts';
import { itemList, itemPage, shown } from '../item-list.ts';
import { takenUp } from '../stored-form.ts';
import type { Params } from './table.ts';

export function createConversation(call: Call, backend: Backend): Response {
  const { items, metadata } = checkConversation(call.json());
  const createdAt = Math.floor(backend.now() / 1000);
  const ids = new ResponseIds(backend.random, createdAt);
  const stored = takenUp(items ?? [], [], { find: findItem(backend), ids });
  const conversation = new Conversation({ id: ids.conversation(), createdAt, metadata: metadata ?? {} });
  backend.conversations.add(conversation);
  backend.conversations.append(conversation, stored);
  return describe(conversation);
}

export function getConversation(_call: Call, backend: Backend, { id }: Params): Response {
  return describe(known(id!, backend));
}

export function updateConversation(call: Call, backend: Backend, { id }: Params): Response {
  const { metadata } = checkUpdate(call.json());
  const conversation = known(id!, backend);
  conversation.metadata = metadata ?? {};
  return describe(conversation);
}

export function deleteConversation(_call: Call, backend: Backend, { id }: Params): Response {
  unlocked(id!, backend).deleted = true;
  return Response.json({ id, object: 'conversation.deleted', deleted: true });
}

export function createItems(call: Call, backend: Backend, { id }: Params): Response {
  const include = checkInclude(call.url.searchParams);
  const { items } = checkItems(call.json());
  const conversation = unlocked(id!, backend);
  const ids = new ResponseIds(backend.random, backend.now() / 1000);
  const stored = takenUp(items, conversation.items, { find: findItem(backend), ids });
  backend.conversations.append(conversation, stored);
  return Response.json(itemList(stored.map((item) => shown(item, include))));
}

export function listItems(call: Call, backend: Backend, { id }: Params): Response {
  const query = checkListQuery(call.url.searchParams);
  return Response.json(itemPage(known(id!, backend).items, query));
}

export function getItem(call: Call, backend: Backend, { id, item: itemId }: Params): Response {
  const include = checkInclude(call.url.searchParams);
  const item = known(id!, backend).items.find((one) => one.id === itemId);
  if (!item) throw notInConversation(itemId!);
  return Response.json(shown(item, include));
}

export function deleteItem(_call: Call, backend: Backend, { id, item: itemId }: Params): Response {
  const conversation = unlocked(id!, backend);
  if (!backend.conversations.remove(conversation, itemId!)) throw notInConversation(itemId!);
  return describe(conversation);
}

function known(id: string, backend: Backend): Conversation {
  checkConversationId(id, 'conversation_id');
  const conversation = backend.conversations.get(id);
  if (!conversation) throw conversationNotFound(id);
  return conversation;
}

function unlocked(id: string, backend: Backend): Conversation {
  const conversation = known(id, backend);
  if (conversation.locked) throw conversationLocked();
  return conversation;
}

function describe({ id, createdAt, metadata }: Conversation): Response {
  return Response.json({ id, object: 'conversation', created_at: createdAt, metadata });
}

function notInConversation(id: string): Error {
  return notFound(`Item with id '${id}' not found in conversation.`);
}
