import { strictSchema } from './strict-schema.ts';
import type { CreateRequest, ResponseObject, TextFormat, Tool } from './wire.ts';

interface Naming {
  id: string;
  model: string;
  createdAt: number;
}

/** The response as it begins: the request's settings with the live API's defaults, and nothing said yet. */
export function newResponse(request: CreateRequest, { id, model, createdAt }: Naming): ResponseObject {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: request.background ? 'queued' : 'in_progress',
    background: request.background ?? false,
    completed_at: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model,
    moderation: null,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    presence_penalty: 0,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    prompt_cache_retention: request.prompt_cache_retention ?? null,
    reasoning: { context: null, effort: null, summary: null, ...request.reasoning },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: request.service_tier ?? 'auto',
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: echoFormat(request.text?.format), verbosity: request.text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map(echoTool),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
    usage: null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
    ...(request.conversation && { conversation: { id: conversationId(request.conversation) } }),
  };
}

function conversationId(named: string | { id: string }): string {
  return typeof named === 'string' ? named : named.id;
}

/** The tier that served a request; it is known only at the end. */
export function servedTier(requested: unknown): unknown {
  return requested === 'auto' ? 'default' : requested;
}

function echoFormat(format: TextFormat | null | undefined): TextFormat {
  if (!format) return { type: 'text' };
  if (format.type !== 'json_schema') return format;
  return { ...format, strict: format.strict ?? true };
}

/** Functions are echoed with every field filled in; without `strict`, strict mode is tried. */
function echoTool(tool: Tool): Tool {
  if (tool.type !== 'function') return tool;
  const parameters = tool.parameters ?? null;
  const echo = { ...tool, description: tool.description ?? null, output_schema: tool.output_schema ?? null };
  if (typeof tool.strict === 'boolean') return { ...echo, parameters, strict: tool.strict };
  const strict = parameters && strictSchema(parameters);
  return { ...echo, parameters: strict ?? parameters, strict: strict !== null };
}
