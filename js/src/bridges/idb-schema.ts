import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';
import type { Chunk } from './idb-chunk.ts';

export interface LeaseRecord {
  holder: string;
  since: number;
  ms: number;
}

export interface ConversationRecord {
  id: string;
  title: string;
  metadata: string;
  createdAt: string;
  updatedAt: string;
  /** The change of the database that was the last one here; unique. */
  version: number;
  /** The place of its next chunk, a whole number. It only grows, so that a cursor never means another item than it did. */
  next: number;
  lease?: LeaseRecord | undefined;
}

export interface ShelfRecord {
  conversation: string;
  name: string;
  note: string;
  count: number;
  createdAt: string;
  /** Of the shelves of a conversation, the one made first has the least. */
  order: number;
}

/** A change that took effect, for when it is sent again. */
export interface OperationRecord {
  number?: number;
  id: string;
  fingerprint: string;
  version: string;
}

export interface StateRecord {
  id: 'state';
  /** Counts the changes of the database. */
  clock: number;
  /** Where the places of new conversations begin: behind those of all that were deleted. */
  next: number;
}

export interface Schema extends DBSchema {
  conversations: {
    key: string;
    value: ConversationRecord;
    indexes: { byChange: number; byTime: [string, number] };
  };
  /** Items, under the conversation, the shelf and their place. */
  chunks: { key: [string, string, number]; value: Chunk; indexes: { byOperation: [string, string] } };
  shelves: { key: [string, string]; value: ShelfRecord };
  operations: { key: number; value: OperationRecord; indexes: { byId: string } };
  state: { key: string; value: StateRecord };
}

export const READ_STORES = ['conversations', 'chunks', 'shelves'] as const;
export const STORES = [...READ_STORES, 'operations', 'state'] as const;
type StoreName = (typeof STORES)[number];

export type Database = IDBPDatabase<Schema>;
export type ReadTransaction = IDBPTransaction<Schema, StoreName[], 'readonly' | 'readwrite'>;
export type WriteTransaction = IDBPTransaction<Schema, StoreName[], 'readwrite'>;

/** Version 1 did not remember the places of what is on a shelf, nor know of records between two whole places. */
export const VERSION = 2;

export function createStores(database: Database): void {
  const conversations = database.createObjectStore('conversations', { keyPath: 'id' });
  conversations.createIndex('byChange', 'version', { unique: true });
  conversations.createIndex('byTime', ['updatedAt', 'version']);
  const chunks = database.createObjectStore('chunks', { keyPath: ['conversation', 'shelf', 'place'] });
  chunks.createIndex('byOperation', ['conversation', 'operation']);
  database.createObjectStore('shelves', { keyPath: ['conversation', 'name'] });
  const operations = database.createObjectStore('operations', { keyPath: 'number', autoIncrement: true });
  operations.createIndex('byId', 'id', { unique: true });
  database.createObjectStore('state', { keyPath: 'id' });
}

/** The distance to the start counts: no step of the clock makes a lease last longer than twice what was asked for. */
export function msLeft({ since, ms }: LeaseRecord): number {
  return Math.max(0, ms - Math.abs(Date.now() - since));
}

/** All keys of a conversation, or of one of its shelves: in IndexedDB's order an array comes behind all else. */
export function allOf(...prefix: [conversation: string, shelf?: string]): IDBKeyRange {
  return IDBKeyRange.bound(prefix, [...prefix, []]);
}
