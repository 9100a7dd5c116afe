import type { Span, SpanData } from './span.ts';
import type { Trace } from './trace.ts';

export type Attributes = Record<string, string | number | boolean>;

const INTERNAL = 0;
const CLIENT = 2;

/** As the conventions name spans: what is done, and what it is done to. */
export function nameOf(data: SpanData): string {
  switch (data.type) {
    case 'agent':
      return `invoke_agent ${data.name}`;
    case 'generation':
      return data.model ? `chat ${data.model}` : 'chat';
    case 'function':
      return `execute_tool ${data.name}`;
    case 'guardrail':
      return `guardrail ${data.name}`;
    case 'custom':
      return data.name;
    default:
      return data.type;
  }
}

export function kindOfSpan({ type }: SpanData): number {
  return type === 'generation' ? CLIENT : INTERNAL;
}

/** What is known when a trace or a span begins. */
export function attributesOf(what: Trace | Span): Attributes {
  const metadata = what.type === 'trace' ? what.metadata : what.traceMetadata;
  const { conversation_id: conversationId } = metadata;
  return {
    ...(typeof conversationId === 'string' ? { 'gen_ai.conversation.id': conversationId } : {}),
    ...(what.type === 'trace' ? traceAttributes(what) : spanAttributes(what.spanData)),
  };
}

function traceAttributes({ traceId, groupId }: Trace): Attributes {
  return { 'agents_wasm.trace_id': traceId, ...(groupId === null ? {} : { 'agents_wasm.group_id': groupId }) };
}

function spanAttributes(data: SpanData): Attributes {
  switch (data.type) {
    case 'agent':
      return { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': data.name };
    case 'turn':
      return { 'agents_wasm.turn': data.turn };
    case 'generation':
      return {
        'gen_ai.operation.name': 'chat',
        ...(data.model ? { 'gen_ai.request.model': data.model } : {}),
        ...(data.input ? { 'agents_wasm.input': JSON.stringify(data.input) } : {}),
      };
    case 'function':
      return {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': data.name,
        ...(data._call_id === undefined ? {} : { 'gen_ai.tool.call.id': data._call_id }),
        ...(data.input === undefined ? {} : { 'gen_ai.tool.call.arguments': textOf(data.input) }),
      };
    case 'handoff':
      return { 'agents_wasm.handoff.from': data.from_agent, 'agents_wasm.handoff.to': data.to_agent };
    default:
      return {};
  }
}

/** What is known only when it has ended. */
export function endAttributesOf({ spanData: data, error }: Span): Attributes {
  const code = error?.data?.code;
  return { ...(typeof code === 'string' ? { 'error.type': code } : {}), ...resultAttributes(data) };
}

function resultAttributes(data: SpanData): Attributes {
  switch (data.type) {
    case 'generation':
      return {
        ...(data.response_id ? { 'gen_ai.response.id': data.response_id } : {}),
        ...(data.output ? { 'agents_wasm.output': JSON.stringify(data.output) } : {}),
        ...usageAttributes(data.usage),
      };
    case 'turn':
    case 'task':
      return usageAttributes(data.usage);
    case 'function':
      return data.output === undefined ? {} : { 'gen_ai.tool.call.result': textOf(data.output) };
    case 'guardrail':
      return { 'agents_wasm.guardrail.triggered': data.triggered };
    case 'custom':
      return numbersIn(data.data);
    default:
      return {};
  }
}

function usageAttributes(usage: { input_tokens: number; output_tokens: number } | undefined): Attributes {
  if (!usage) return {};
  return { 'gen_ai.usage.input_tokens': usage.input_tokens, 'gen_ai.usage.output_tokens': usage.output_tokens };
}

function numbersIn(data: Record<string, unknown>): Attributes {
  const numbers = Object.entries(data).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return Object.fromEntries(numbers.map(([name, value]) => [`agents_wasm.session.${name}`, value]));
}

/** One that was too long is an object that says so. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
