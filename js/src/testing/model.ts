import type { Item, TextFormat, Tool, ToolChoice } from './wire.ts';

/** What a model is asked: the whole context, oldest item first, and the settings that shape its answer. */
export interface ModelRequest {
  model: string;
  /** The stored chain or the conversation, and this request's input; a message's content is always a list of parts. */
  input: Item[];
  instructions: string | null;
  tools: Tool[];
  toolChoice: ToolChoice;
  parallelToolCalls: boolean;
  textFormat: TextFormat;
  /** Aborts when nobody wants the answer any more: its client has gone and the server need not finish it, or is closed. */
  signal: AbortSignal;
}

export type CutReason = 'max_output_tokens' | 'content_filter';

/**
 * One output item, or the failure of the response. A text given as a list is streamed in exactly these
 * pieces, else in pieces of about a word. `cut` leaves the item incomplete and ends the response.
 */
export type ModelOutput =
  | { type: 'text'; text: string | readonly string[]; cut?: CutReason }
  | { type: 'refusal'; text: string }
  | { type: 'reasoning'; summary?: readonly string[]; text?: string; encryptedContent?: string }
  | { type: 'function_call'; name: string; arguments: unknown; callId?: string; cut?: CutReason }
  | { type: 'custom_tool_call'; name: string; input: string; callId?: string }
  | { type: 'item'; item: Item }
  | { type: 'failed'; code: string; message: string };

/** Bytes to answer with as they are, in these chunks, in place of a response that the server builds. */
export interface RawAnswer {
  raw: string | Uint8Array | readonly (string | Uint8Array)[];
  status?: number;
  headers?: Record<string, string>;
}

export type ModelAnswer = Iterable<ModelOutput> | AsyncIterable<ModelOutput> | RawAnswer;

/**
 * What stands behind the server and decides what is said.
 *
 * `respond` is called once for each response. When it throws, the client gets status 500 (or the status
 * of a thrown `WireError`); when its iterator throws, the response has failed. Calls may overlap.
 */
export interface Model {
  /** The name that responses carry. Without one they carry the name that the request asked for. */
  readonly id?: string;
  respond(request: ModelRequest): ModelAnswer | Promise<ModelAnswer>;
}
