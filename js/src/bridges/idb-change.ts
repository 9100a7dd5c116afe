import { SessionError } from '../errors.ts';
import type { AppliedHead, ChangeHead, WireEdit } from '../store-wire.ts';
import { cutChunks, type LooseChunk } from './idb-chunk.ts';
import { Editor } from './idb-editor.ts';
import {
  type ConversationRecord,
  type Database,
  msLeft,
  type OperationRecord,
  STORES,
  type StateRecord,
  type WriteTransaction,
} from './idb-schema.ts';

/** As many changes as the other stores remember. */
const KEPT_OPERATIONS = 1000;

/** An edit with what it adds, ready to be stored: nothing but requests may come between the steps of a transaction. */
export type ReadyEdit = WireEdit & { chunks?: LooseChunk[]; item?: Uint8Array };

/** Performs a change in one transaction, all of it or nothing. */
export async function applyChange(database: Database, change: ChangeHead, body: Uint8Array): Promise<AppliedHead> {
  const edits = readyEdits(change, body);
  const tx = database.transaction(STORES, 'readwrite', { durability: 'strict' }) as unknown as WriteTransaction;
  // Who asks hears of it by what is awaited below.
  tx.done.catch(() => undefined);
  try {
    const { known, conversation, state } = await situation(tx, change);
    if (known) return repeated(known, change);
    checkAdmitted(change, conversation);
    const editor = new Editor(tx, change, conversation, state);
    for (const edit of edits) await editor.perform(edit);
    const version = editor.finish(change.changes ?? true);
    if (change.opId !== '') await remember(tx, editor, change, version);
    await editor.settled();
    return { version, repeated: false };
  } catch (error) {
    abort(tx);
    throw error;
  }
}

/** Gives every edit its part of the body. */
function readyEdits({ edits, opId }: ChangeHead, body: Uint8Array): ReadyEdit[] {
  let offset = 0;
  let added = 0;
  return edits.map((edit): ReadyEdit => {
    if (!('bytes' in edit)) return edit;
    const text = body.subarray(offset, offset + edit.bytes);
    offset += edit.bytes;
    if (edit.type === 'replace') return { ...edit, item: text };
    const chunks = cutChunks(edit, text, opId, added);
    added += edit.lengths?.length ?? 0;
    return { ...edit, chunks };
  });
}

async function situation(tx: WriteTransaction, { opId, conversationId }: ChangeHead) {
  const [known, conversation, state] = await Promise.all([
    opId === '' ? undefined : tx.objectStore('operations').index('byId').get(opId),
    tx.objectStore('conversations').get(conversationId),
    tx.objectStore('state').get('state'),
  ]);
  return { known, conversation, state: state ?? ({ id: 'state', clock: 0, next: 1 } satisfies StateRecord) };
}

function repeated(known: OperationRecord, { fingerprint }: ChangeHead): AppliedHead {
  if (known.fingerprint === fingerprint) return { version: known.version, repeated: true };
  throw conflict('An operation id was used for two different changes.');
}

function checkAdmitted({ expectVersion, heldBy, edits }: ChangeHead, conversation?: ConversationRecord): void {
  const version = String(conversation?.version ?? 0);
  if (expectVersion !== undefined && expectVersion !== version) {
    throw conflict('The conversation changed since it was read.');
  }
  const lease = conversation?.lease;
  const isOthers = (holder: string) => lease !== undefined && lease.holder !== holder && msLeft(lease) > 0;
  const isRefused =
    (heldBy !== undefined && lease?.holder !== heldBy) ||
    edits.some((edit) => edit.type === 'hold' && !edit.force && isOthers(edit.holder));
  if (isRefused) throw conflict('Another run holds the conversation.');
}

/** Keeps the outcome for when the change is sent again, and forgets the oldest. */
async function remember(tx: WriteTransaction, editor: Editor, change: ChangeHead, version: string): Promise<void> {
  const operations = tx.objectStore('operations');
  const { opId: id, fingerprint = '' } = change;
  const number = await operations.add({ id, fingerprint, version });
  if (number > KEPT_OPERATIONS) editor.write(operations.delete(IDBKeyRange.upperBound(number - KEPT_OPERATIONS)));
}

function conflict(message: string): SessionError {
  return new SessionError('conflict', message);
}

function abort(tx: WriteTransaction): void {
  try {
    tx.abort();
  } catch {
    // It is over already: that is how it failed.
  }
}
