import type { JsonSchema, TextFormat } from '../wire.ts';

/** The body of `POST /v1/chat/completions` after its fields were checked. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean } | null;
  tools?: ChatTool[] | null;
  tool_choice?: unknown;
  parallel_tool_calls?: boolean | null;
  max_completion_tokens?: number | null;
  max_tokens?: number | null;
  response_format?: { type: string; json_schema?: Omit<TextFormat, 'type'> } | null;
  [field: string]: unknown;
}

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content?: string | Record<string, unknown>[] | null;
  refusal?: string | null;
  reasoning_content?: string;
  tool_calls?: ChatCall[];
  tool_call_id?: string;
}

export interface ChatCall {
  id: string;
  type: 'function' | 'custom';
  function?: { name: string; arguments: string };
  custom?: { name: string; input: string };
}

export interface ChatTool {
  type: 'function' | 'custom';
  function?: { name: string; description?: string; parameters?: JsonSchema; strict?: boolean };
  custom?: { name: string; description?: string; format?: { type: string; grammar?: object } };
}
