/**
 * How the queries and changes of a store, and its answers, cross between TypeScript and the core: one format, whichever
 * side asks. These are the heads; texts of items lie in the body, one after the other. What each edit means is said in
 * core/include/agents/store.h.
 */
export interface ReadQuery {
  conversationId: string;
  /** The active history without it. */
  shelf?: string | undefined;
  newest?: number | undefined;
  before?: string | undefined;
  since?: string | undefined;
  origins?: boolean | undefined;
  /** Also tells of the shelves whose names begin so, and of the lease. */
  shelves?: string | undefined;
}

export interface Shelf {
  name: string;
  /** A JSON object, or empty. */
  note: string;
  count: number;
  createdAt: string;
}

export interface Lease {
  holder: string;
  msLeft: number;
}

export interface PageHead {
  count: number;
  /** The items' text is so long; the origins' text comes behind it. */
  itemBytes: number;
  version: string;
  older?: string;
  newest?: string;
  undecodable?: number;
  shelves?: Shelf[];
  lease?: Lease;
}

/** What a page tells of an item. */
export interface Origin {
  uid: string;
  agent: string | null;
  run: string | null;
  turn: number | null;
  at: string;
  /** What another SDK knows of it beside its wire form. */
  sdk: unknown;
  /** Orders all items of a conversation, those on shelves too; null for one that never was in the active history. */
  place: number | null;
}

/** The edits whose meaning is in their heads alone. */
export type PlainEdit =
  | { type: 'remove'; uids: string[] }
  | { type: 'shelve'; uids: string[]; shelf: string }
  | { type: 'setAside'; shelf: string }
  | { type: 'restore'; shelf: string; inPlace?: boolean }
  | { type: 'discard'; shelf: string }
  | { type: 'note'; shelf: string; note: string }
  | { type: 'hold'; holder: string; ms: number; force: boolean }
  | { type: 'release'; holder: string }
  | { type: 'describe'; title?: string; metadata?: string }
  | { type: 'clear' }
  | { type: 'delete' };

/** `bytes` long is its text in the body: elements of a JSON array without brackets. */
export interface AppendEdit {
  type: 'append';
  shelf?: string;
  bytes: number;
  /** From the core: how long each item is; between two of them is one comma. */
  lengths?: number[];
  origin: { agent?: string; run?: string; turn?: number };
  /** A JSON text for each item, '' for none. */
  sdk?: string[];
  /** The uid and the time (ISO 8601, UTC, with milliseconds) that each item has already. */
  kept?: { uid: string; at: string }[];
}

/** As an append of one item. */
export interface StandInEdit extends Omit<AppendEdit, 'type' | 'shelf'> {
  type: 'standIn';
  shelf: string;
}

export interface ReplaceEdit {
  type: 'replace';
  uid: string;
  bytes: number;
  sdk?: string;
  /** The active history without it. */
  shelf?: string;
}

export type WireEdit = PlainEdit | AppendEdit | StandInEdit | ReplaceEdit;

export interface ChangeHead {
  conversationId: string;
  opId: string;
  expectVersion?: string;
  heldBy?: string;
  /**
   * The same for the same change, and another for another one. The core makes it, unless who asks has other words each
   * time for the same change.
   */
  fingerprint?: string;
  /** From the core: whether it gives the conversation another version. */
  changes?: boolean;
  edits: WireEdit[];
}

export interface AppliedHead {
  version: string;
  repeated: boolean;
}

export interface ListQuery {
  limit: number;
  after?: string | undefined;
  /** ISO 8601, UTC, with milliseconds. */
  changedBefore?: string | undefined;
  /** Also tells how large each conversation is. */
  sizes?: boolean | undefined;
}

export interface ConversationHead {
  id: string;
  title: string;
  /** A JSON object, or empty. */
  metadata: string;
  createdAt: string;
  updatedAt: string;
  /** Where sizes were asked for: of the active history; of all texts, those on shelves too. */
  items?: number;
  bytes?: number;
}

export interface ListHead {
  conversations: ConversationHead[];
  next?: string;
}

/**
 * A store that JavaScript keeps, held to the contract of core/include/agents/store.h. Every failure is a SessionError.
 */
export interface HostStore {
  read(query: ReadQuery): Promise<{ head: PageHead; body: Uint8Array }>;
  list(query: ListQuery): Promise<ListHead>;
  apply(change: ChangeHead, body: Uint8Array): Promise<AppliedHead>;
  /** Idempotent. */
  close(): Promise<void>;
}
