import { UserError } from '../../errors.ts';
import type { ModelRequest, ModelTool, OutputFormat } from '../model.ts';
import { messagesFrom } from './messages.ts';
import { type Fields, fieldsOf, listOf } from './wire.ts';

/** What only a server can do that keeps responses. */
const NEEDS_RESPONSES = ['previous_response_id', 'conversation', 'prompt', 'background'];

/** The body of `POST /chat/completions`. Settings go by other names there; those that nobody knows stay as they are. */
export function chatBody(request: ModelRequest, model: string, stream: boolean): object {
  const { text, reasoning, max_output_tokens, tool_choice, parallel_tool_calls, top_logprobs, ...others } =
    request.settings;
  const { include, truncation, context_management, max_tool_calls, stream_options, ...rest } = others;
  refuseState(request);
  const hasTools = request.tools.length > 0;
  const { verbosity } = fieldsOf(text);
  const { effort } = fieldsOf(reasoning);
  const logprobs = top_logprobs !== undefined || listOf(include).includes('message.output_text.logprobs');
  return {
    model,
    messages: messagesFrom(request),
    // Without tools these two are refused.
    ...(hasTools && { tools: request.tools.map(tool), parallel_tool_calls, tool_choice: choice(tool_choice) }),
    max_completion_tokens: max_output_tokens,
    response_format: responseFormat(request.outputFormat),
    verbosity,
    reasoning_effort: effort,
    ...(logprobs && { logprobs, top_logprobs }),
    ...rest,
    ...(stream && { stream, stream_options: { ...fieldsOf(stream_options), include_usage: true } }),
  };
}

function refuseState({ settings, previousResponseId }: ModelRequest): void {
  const name = previousResponseId ? 'previousResponseId' : NEEDS_RESPONSES.find((one) => settings[one]);
  if (name === undefined) return;
  throw new UserError('user_error', `Chat Completions keeps no responses, so '${name}' cannot be used with it.`);
}

function tool({ type, name, description, parameters, strict, format }: ModelTool): object {
  if (type === 'function') return { type, function: { name, description, parameters, strict: strict ?? undefined } };
  if (type === 'custom') return { type, custom: { name, description, format: customFormat(fieldsOf(format)) } };
  throw new UserError('user_error', `Chat Completions has no hosted tools, but the agent has '${type}'.`);
}

function customFormat({ type, syntax, definition }: Fields): object | undefined {
  if (type === undefined) return undefined;
  return type === 'grammar' ? { type, grammar: { syntax, definition } } : { type };
}

function choice(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const { type, name, mode, tools } = value as Fields;
  if (type === 'function' || type === 'custom') return { type, [type]: { name } };
  if (type === 'allowed_tools') return { type, allowed_tools: { mode, tools: listOf(tools).map(choice) } };
  throw new UserError('user_error', `Chat Completions has no hosted tools, but tool_choice names '${type}'.`);
}

function responseFormat(format: OutputFormat | undefined): object | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type !== 'json_schema') return { type: format.type };
  const { type, ...json_schema } = format;
  return { type, json_schema };
}
