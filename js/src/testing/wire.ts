/** A Responses API item as it stands on the wire. Fields that this server does not know are kept. */
export interface Item {
  type: string;
  id?: string;
  [field: string]: unknown;
}

export interface Tool {
  type: string;
  name?: string;
  description?: string | null;
  parameters?: JsonSchema | null;
  strict?: boolean | null;
  [field: string]: unknown;
}

export interface JsonSchema {
  [keyword: string]: unknown;
}

/** The inner object of `{"error": …}`; all four keys are always present on the wire. */
export interface ErrorBody {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

export interface Usage {
  input_tokens: number;
  input_tokens_details: { cache_write_tokens: number; cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface ResponseObject {
  id: string;
  object: 'response';
  status: 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
  output: Item[];
  usage: Usage | null;
  [field: string]: unknown;
}

export interface StreamEvent {
  type: string;
  sequence_number: number;
  response?: ResponseObject;
  [field: string]: unknown;
}

/** The body of `POST /v1/responses` after its fields were checked. */
export interface CreateRequest {
  model: string;
  input?: string | (Item | string)[] | null;
  instructions?: string | null;
  previous_response_id?: string | null;
  conversation?: string | { id: string } | null;
  prompt?: { id: string } | null;
  store?: boolean | null;
  stream?: boolean | null;
  stream_options?: { include_obfuscation?: boolean } | null;
  background?: boolean | null;
  include?: string[] | null;
  truncation?: 'auto' | 'disabled' | null;
  prompt_cache_key?: string | null;
  context_management?: { type: string; compact_threshold?: number | null }[] | null;
  tools?: Tool[] | null;
  tool_choice?: ToolChoice | null;
  parallel_tool_calls?: boolean | null;
  max_output_tokens?: number | null;
  text?: { format?: TextFormat | null; verbosity?: string | null } | null;
  reasoning?: { effort?: string | null; summary?: string | null; context?: string | null } | null;
  [field: string]: unknown;
}

export type ToolChoice = 'none' | 'auto' | 'required' | { type: string; name?: string; [field: string]: unknown };

export interface TextFormat {
  type: string;
  name?: string;
  schema?: JsonSchema;
  [field: string]: unknown;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
