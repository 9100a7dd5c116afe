import { refuse } from '../check.ts';
import { SessionError, UserError } from '../errors.ts';
import type { Edit, StoredPage } from '../sessions/store-calls.ts';
import { type Fields, isFields, same } from './fields.ts';
import { appended, type Place, removed, rewrite } from './history.ts';
import type { SdkItem } from './sdk-item.ts';
import { asStored, keptItems, sdkItems } from './stored-items.ts';

/** The shelf whose note remembers the operations; clearing the conversation ends it. */
const OPERATIONS = 'sdk-operations';
const REMEMBERED = 200;

/** Its id, and what tells its transaction from another. */
type Operation = readonly [id: string, fingerprint: string];

export async function transact(place: Place, args: unknown, runContext?: object): Promise<void> {
  const { operationId, suffix, items } = checked(args);
  const operation: Operation = [operationId, fingerprintOf(canonical({ suffix, items: asStored(items, 'items') }))];
  const added = appended(keptItems(items, 'items'), runContext);
  await rewrite(place, { newest: suffix?.length ?? 0, shelves: OPERATIONS }, (page) => {
    const done = operationsOf(page);
    const known = done.find(([id]) => id === operationId);
    if (known) return repeated(known, operation);
    const taken = suffix === undefined ? [] : taking(page, suffix);
    return [...taken, ...added, noted([...done, operation])];
  });
}

function checked(args: unknown): { operationId: string; suffix?: SdkItem[]; items: unknown[] } {
  if (!isFields(args)) refuse('args', args, 'an object with operationId and transaction');
  const { operationId, transaction } = args;
  if (typeof operationId !== 'string') refuse('operationId', operationId, 'a string');
  if (operationId.trim() === '') throw new UserError('invalid_argument', 'operationId must not be empty.');
  if (!isFields(transaction)) refuse('transaction', transaction, 'an object');
  switch (transaction.type) {
    case 'append_items':
      return { operationId, items: listIn(transaction, 'items') };
    case 'replace_suffix': {
      const suffix = asStored(listIn(transaction, 'expectedSuffix'), 'transaction.expectedSuffix');
      return { operationId, suffix, items: listIn(transaction, 'replacement') };
    }
    default:
      throw new UserError('invalid_argument', "transaction.type must be 'append_items' or 'replace_suffix'.");
  }
}

function listIn(transaction: Fields, name: string): unknown[] {
  const list = transaction[name];
  if (!Array.isArray(list)) refuse(`transaction.${name}`, list, "an array of the SDK's items");
  return list;
}

function repeated([, before]: Operation, [, fingerprint]: Operation): [] {
  if (before === fingerprint) return [];
  throw new SessionError('conflict', 'The operation id was used for another transaction.');
}

function taking(page: StoredPage, suffix: SdkItem[]): Edit[] {
  const sdk = page.origins.map((origin) => origin.sdk);
  if (!same(sdkItems(page.items, sdk, namesIn(suffix)), suffix)) {
    throw new SessionError('conflict', 'The history does not end with the expected items.');
  }
  return removed(page);
}

/** An output that another wrote is called by its call, which may lie before the suffix. */
function namesIn(items: SdkItem[]): [string, string][] {
  return items.flatMap((item) => (item.type === 'function_call_result' ? [[item.callId, item.name]] : []));
}

function operationsOf(page: StoredPage): Operation[] {
  const note = page.shelves?.find(({ name }) => name === OPERATIONS)?.note;
  return note ? JSON.parse(note).operations : [];
}

function noted(operations: Operation[]): Edit {
  const note = JSON.stringify({ operations: operations.slice(-REMEMBERED) });
  return { type: 'note', shelf: OPERATIONS, note };
}

/** The same text for values that differ in the order of members only. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (!isFields(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Two FNV-1a hashes of 32 bits. They tell a repetition from a mistake and are no defence. */
function fingerprintOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code * 31 + index), 0x01000193);
  }
  return `${text.length}.${a >>> 0}.${b >>> 0}`;
}
