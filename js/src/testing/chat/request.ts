import { type CreateRequest, type Item, isObject, type TextFormat, type Tool, type ToolChoice } from '../wire.ts';
import type { ChatCall, ChatMessage, ChatRequest, ChatTool } from './wire.ts';

/** What the request would be in the Responses API. Nothing of it is stored. */
export function asResponsesRequest(chat: ChatRequest): CreateRequest {
  const custom = new Set<string>();
  return {
    model: chat.model,
    input: chat.messages.flatMap((message) => itemsOf(message, custom)),
    tools: (chat.tools ?? []).map(toolOf),
    tool_choice: (choiceOf(chat.tool_choice) ?? null) as ToolChoice | null,
    parallel_tool_calls: chat.parallel_tool_calls ?? null,
    max_output_tokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
    text: { format: formatOf(chat.response_format) },
    stream: chat.stream ?? null,
    stream_options: { include_obfuscation: chat.stream_options?.include_obfuscation ?? true },
    store: false,
  };
}

/** @param custom the ids of the calls of custom tools so far */
function itemsOf(message: ChatMessage, custom: Set<string>): Item[] {
  const { role, content, refusal, tool_calls: calls = [], tool_call_id: id } = message;
  if (role === 'tool') {
    const type = custom.has(id as string) ? 'custom_tool_call_output' : 'function_call_output';
    return [{ type, call_id: id, output: textIn(content) }];
  }
  if (role !== 'assistant') return [{ type: 'message', role, content: partsOf(content) }];
  const parts: object[] = [];
  if (content) parts.push({ type: 'output_text', text: textIn(content), annotations: [] });
  if (refusal) parts.push({ type: 'refusal', refusal });
  const items: Item[] = [];
  if (message.reasoning_content) {
    const text = message.reasoning_content;
    items.push({ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text }] });
  }
  if (parts.length > 0) items.push({ type: 'message', role, content: parts });
  for (const call of calls) {
    if (call.type === 'custom') custom.add(call.id);
    items.push(callItem(call));
  }
  return items;
}

function callItem({ id, function: called, custom }: ChatCall): Item {
  return called
    ? { type: 'function_call', call_id: id, name: called.name, arguments: called.arguments }
    : { type: 'custom_tool_call', call_id: id, name: custom?.name, input: custom?.input };
}

function textIn(content: ChatMessage['content']): string {
  return Array.isArray(content) ? content.map((part) => part.text ?? '').join('') : (content ?? '');
}

function partsOf(content: ChatMessage['content']): object[] {
  if (!Array.isArray(content)) return [{ type: 'input_text', text: content }];
  return content.map((part) => {
    if (part.type === 'image_url') {
      const { url, detail } = part.image_url as { url: string; detail?: string };
      return { type: 'input_image', image_url: url, detail: detail ?? 'auto' };
    }
    if (part.type === 'file') return { type: 'input_file', ...(part.file as object) };
    return part.type === 'text' ? { type: 'input_text', text: part.text } : part;
  });
}

function toolOf({ type, function: called, custom }: ChatTool): Tool {
  if (called) return { type, ...called };
  const { format, ...rest } = custom ?? { name: '' };
  return { type, ...rest, ...(format && { format: { type: format.type, ...format.grammar } }) };
}

function choiceOf(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const { type } = choice;
  if (type !== 'allowed_tools') return { type, ...(choice[type as string] as object) };
  const { mode, tools } = choice.allowed_tools as { mode: string; tools: unknown[] };
  return { type, mode, tools: tools.map(choiceOf) };
}

function formatOf(format: ChatRequest['response_format']): TextFormat {
  return { type: format?.type ?? 'text', ...format?.json_schema };
}
