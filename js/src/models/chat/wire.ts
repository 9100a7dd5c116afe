// The shapes of the Chat Completions API, as far as they are written. What servers answer is read as unknown.

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content?: string | ChatPart[] | null;
  refusal?: string;
  /** Not OpenAI's: servers of open models have it. */
  reasoning_content?: string;
  tool_calls?: ChatCall[];
  tool_call_id?: string;
}

export type ChatPart = { type: string; [field: string]: unknown };

export type ChatCall =
  | { id: string; type: 'function'; function: { name: string; arguments: string } }
  | { id: string; type: 'custom'; custom: { name: string; input: string } };

export type Fields = Record<string, unknown>;

/** `value` as an object, or one without members. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `value` as text, or nothing if it is none or empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
