import { badRequest } from '../errors.ts';
import type { ResponseStore } from '../store.ts';
import { itemNotFound } from '../stored-form.ts';
import { isObject } from '../wire.ts';
import { typeOf } from './input.ts';

type InputItem = Record<string, unknown>;

/** Reasoning that is not with what it led to, or the other way round; the live API refuses both. */
export function checkReasoning(input: unknown, store: ResponseStore): void {
  if (!Array.isArray(input)) return;
  const items: unknown[] = input;
  for (const [index, item] of items.entries()) {
    if (!isObject(item) || typeof item.id !== 'string') continue;
    if (item.type === 'reasoning') checkFollowed(item, items[index + 1], store);
    else checkLedTo(item, items[index - 1], store);
  }
}

function checkFollowed(reasoning: InputItem, next: unknown, store: ResponseStore): void {
  const id = String(reasoning.id);
  if (!reasoning.encrypted_content && !store.item(id)) throw itemNotFound(id);
  if (isObject(next) && (next.role === 'assistant' || /^reasoning$|_call$|_reference$/.test(typeOf(next)))) return;
  throw badRequest(`Item '${id}' of type 'reasoning' was provided without its required following item.`, 'input');
}

function checkLedTo(item: InputItem, before: unknown, store: ResponseStore): void {
  const needed = store.reasoningBefore(String(item.id));
  if (needed === undefined) return;
  if (isObject(before) && before.type === 'reasoning' && (before.id ?? needed) === needed) return;
  const type = typeOf(item);
  throw badRequest(
    `Item '${item.id}' of type '${type}' was provided without its required 'reasoning' item: '${needed}'.`,
    'input',
  );
}
