import type { ModelSettings } from '../agent.ts';
import type { Item } from '../items.ts';
import type { OpenAISettings } from '../openai.ts';

/** What a model is asked. */
export interface ModelRequest {
  /** The name that the agent gives its model; none if the agent's model is an object. */
  model?: string;
  /** Empty without. */
  instructions: string;
  /** The history and what is new, oldest first, as the Responses API has them. */
  input: Item[];
  /** Definitions as the Responses API has them: `{type: 'function', name, …}`. */
  tools: ModelTool[];
  /** The agent's `modelSettings`, by the names of the Responses API. */
  settings: ModelSettings;
  /** What form the answer is to have: `settings.text.format`. */
  outputFormat?: OutputFormat;
  /** The input comes behind what this response has seen and said. */
  previousResponseId?: string;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** How the run reaches OpenAI's API, for models that speak to such a server. */
  openai: OpenAISettings;
}

export interface ModelTool {
  type: string;
  name?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the API's tools are an open set
  [field: string]: any;
}

export interface OutputFormat {
  type: string;
  name?: string;
  description?: string;
  schema?: Record<string, unknown>;
  strict?: boolean | null;
}

/** An answer; a response object of the Responses API is one. */
export interface ModelAnswer {
  id?: string;
  /** What the provider's support asks for. */
  requestId?: string;
  /** Messages, function calls and other items, as the Responses API has them. */
  output: Item[];
  /** `completed` without; what is `failed` or `incomplete` fails the run. */
  status?: string;
  error?: { code?: string; message?: string } | null;
  incomplete_details?: { reason?: string } | null;
  usage?: ModelUsage | null;
}

/** Tokens, by the names of the Responses API. What is not there counts as zero. */
export interface ModelUsage {
  input_tokens?: number;
  input_tokens_details?: { cached_tokens?: number };
  output_tokens?: number;
  output_tokens_details?: { reasoning_tokens?: number };
  /** The sum of both, without. */
  total_tokens?: number;
}

/** An event of the Responses API's streams. */
export interface ModelEvent {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the API's events are an open set
  [field: string]: any;
}

/**
 * A model of your own, for `agent.model` and `runConfig.model`.
 *
 * What it throws fails the run. An APIError is treated as the API's own: where its status may pass, and nothing was
 * streamed yet, the model is asked again as the agent's `retry` says.
 *
 * @example
 * const echo: Model = {
 *   async getResponse({ input }) {
 *     const text = `You said ${input.length} things.`;
 *     return { output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }] };
 *   },
 * };
 */
export interface Model {
  getResponse(request: ModelRequest): Promise<ModelAnswer>;
  /**
   * The events of the answer. The last one is `response.completed` with the response, or `response.failed` or
   * `response.incomplete`. Without this, a streamed run gets the whole answer's text at once.
   */
  getStreamedResponse?(request: ModelRequest): AsyncIterable<ModelEvent> | Promise<AsyncIterable<ModelEvent>>;
}

export function isModel(value: unknown): value is Model {
  return typeof (value as Partial<Model> | null | undefined)?.getResponse === 'function';
}
