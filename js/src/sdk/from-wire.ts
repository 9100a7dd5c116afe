import type { Item } from '../items.ts';
import { type Fields, fieldsOf, isFields, listOf, present, without } from './fields.ts';
import { fits } from './forms.ts';
import type { SdkItem } from './sdk-item.ts';
import { beside, idOf, message, outputPart } from './sdk-parts.ts';

/** The name of the tool that was called under an id, as far as the history tells. */
export type NameOf = (callId: unknown) => string | undefined;

/**
 * The SDK's form of an item, as the SDK itself makes it of what the API answers: what it does not know goes into
 * `providerData`. An item that the SDK has no valid form for becomes one of the type `unknown`, which it sends as it is.
 */
export function fromWire(item: Item, nameOf: NameOf = () => undefined): SdkItem {
  const type = typeof item.type === 'string' ? item.type : typeof item.role === 'string' ? 'message' : '';
  const read = present(READERS.get(type)?.(item, nameOf) ?? {});
  return (fits(read) ? read : unknown(item)) as unknown as SdkItem;
}

function unknown(item: Fields): Fields {
  const { id } = item;
  return { type: 'unknown', ...(typeof id === 'string' ? { id } : {}), providerData: item };
}

function callerOf({ caller }: Fields): Fields {
  const { type, caller_id: callerId } = fieldsOf(caller);
  if (type === 'direct') return { caller: { type } };
  return type === 'program' ? { caller: { type, callerId } } : {};
}

function functionCall(item: Fields): Fields {
  const { call_id: callId, name, namespace, status, arguments: args, caller: _, ...providerData } = item;
  const called = { callId, name, namespace: namespace ?? undefined, status: status ?? undefined, arguments: args };
  return { type: 'function_call', id: idOf(item), ...called, ...callerOf(item), providerData };
}

function functionCallResult(item: Fields, nameOf: NameOf): Fields {
  const { call_id: callId, status, output, name, namespace, caller: _, ...providerData } = item;
  return {
    type: 'function_call_result',
    id: idOf(item),
    callId,
    name: name ?? nameOf(callId) ?? callId,
    namespace: namespace ?? undefined,
    status: status ?? 'completed',
    output: Array.isArray(output) ? output.map((part) => outputPart(fieldsOf(part))) : output,
    ...callerOf(item),
    providerData,
  };
}

function reasoning(item: Fields): Fields {
  const { summary, ...providerData } = item;
  const content = listOf(summary).map((part) => {
    const { text, ...rest } = fieldsOf(part);
    return { type: 'input_text', text, providerData: rest };
  });
  return { type: 'reasoning', id: idOf(item), content, providerData };
}

function compaction(item: Fields): Fields {
  const { encrypted_content, created_by, ...providerData } = item;
  return { type: 'compaction', id: idOf(item), encrypted_content, created_by: created_by ?? undefined, providerData };
}

/** Calls that the API carries out itself. */
function hostedToolCall(item: Fields): Fields {
  const { status, ...rest } = withoutCaller(item);
  const { result, ...said } = rest;
  const hasResult = result !== undefined && result !== null;
  const output = hasResult ? { output: result, providerData: said } : { providerData: rest };
  return {
    type: 'hosted_tool_call',
    id: idOf(item),
    name: item.type,
    status: status ?? undefined,
    ...callerOf(item),
    ...output,
  };
}

/** Calls of MCP servers: the SDK takes them all for completed, and keeps the status that they had. */
function mcpCall(item: Fields): Fields {
  const { output, ...rest } = withoutCaller(item);
  const isCall = item.type === 'mcp_call';
  const said = isCall ? { output: output ?? undefined, providerData: rest } : { providerData: withoutCaller(item) };
  return { type: 'hosted_tool_call', id: idOf(item), name: item.type, status: 'completed', ...callerOf(item), ...said };
}

function withoutCaller(item: Fields): Fields {
  return Object.hasOwn(callerOf(item), 'caller') ? without(item, 'caller') : item;
}

function computerCall(item: Fields): Fields {
  const { call_id: callId, status, action, actions, ...providerData } = item;
  const all = Array.isArray(actions) && actions.length > 0 ? actions : undefined;
  return {
    type: 'computer_call',
    id: idOf(item),
    callId,
    status,
    action: action ?? all?.[0],
    actions: all,
    providerData,
  };
}

function computerCallResult(item: Fields): Fields {
  const { call_id: callId, output, type: _, id: _id, ...providerData } = item;
  const shown = { type: 'computer_screenshot', data: fieldsOf(output).image_url };
  return { type: 'computer_call_result', id: idOf(item), callId, output: shown, ...beside(providerData) };
}

function shellCall(item: Fields): Fields {
  const { call_id: callId, status, action, caller: _, ...providerData } = item;
  const { commands, timeout_ms, max_output_length } = fieldsOf(action);
  const limits = { timeoutMs: timeout_ms ?? undefined, maxOutputLength: max_output_length ?? undefined };
  const asked = present({ commands, ...limits });
  const own = { callId, status: status ?? 'in_progress', action: asked };
  return { type: 'shell_call', id: idOf(item), ...own, ...callerOf(item), providerData };
}

function shellCallOutput(item: Fields): Fields {
  const { call_id: callId, output, max_output_length, status, caller: _, ...providerData } = item;
  const read = listOf(output).map((one) => {
    const { stdout, stderr, outcome } = fieldsOf(one);
    const { type, exit_code } = fieldsOf(outcome);
    return { stdout, stderr, outcome: type === 'exit' ? { type, exitCode: exit_code ?? null } : { type } };
  });
  const own = { callId, output: read, status: status ?? undefined, maxOutputLength: max_output_length ?? undefined };
  return { type: 'shell_call_output', id: idOf(item), ...own, ...callerOf(item), providerData };
}

function applyPatchCall(item: Fields): Fields {
  const { call_id: callId, status, operation, caller: _, ...providerData } = item;
  const { move_to, ...rest } = fieldsOf(operation);
  const own = {
    callId,
    status: status ?? 'in_progress',
    operation: present({ ...rest, moveTo: move_to ?? undefined }),
  };
  return { type: 'apply_patch_call', id: idOf(item), ...own, ...callerOf(item), providerData };
}

function applyPatchCallOutput(item: Fields): Fields {
  const { call_id: callId, status, output, caller: _, ...providerData } = item;
  const own = { callId, status, output: output ?? undefined };
  return { type: 'apply_patch_call_output', id: idOf(item), ...own, ...callerOf(item), providerData };
}

function toolSearchCall(item: Fields): Fields {
  const { id: _, type, status, arguments: args, ...providerData } = item;
  return { type, id: idOf(item), status: status ?? undefined, arguments: args, providerData };
}

function toolSearchOutput(item: Fields): Fields {
  const { id: _, type, status, tools, ...providerData } = item;
  return { type, id: idOf(item), status: status ?? undefined, tools: listOf(tools).map(foundTool), providerData };
}

function foundTool(tool: unknown): unknown {
  if (!isFields(tool)) return tool;
  const { type, tools, function_name, defer_loading, allowed_callers, output_schema, ...rest } = tool;
  if (type === 'namespace') return { ...tool, tools: listOf(tools).map(foundTool) };
  if (type === 'tool_reference') return present({ type, functionName: function_name, ...rest });
  if (type !== 'function') return tool;
  const named = { deferLoading: defer_loading, allowedCallers: allowed_callers, outputSchema: output_schema };
  return { type, ...rest, ...present(named) };
}

function program(item: Fields): Fields {
  const { id: _, call_id: callId, code, fingerprint, type, ...providerData } = item;
  return { type, id: idOf(item), callId, code, fingerprint, providerData };
}

function programOutput(item: Fields): Fields {
  const { id: _, call_id: callId, result: output, status, type, ...providerData } = item;
  return { type, id: idOf(item), callId, output, status, providerData };
}

const READERS = new Map<string, (item: Fields, nameOf: NameOf) => Fields>([
  ['message', message],
  ['function_call', functionCall],
  ['function_call_output', functionCallResult],
  ['reasoning', reasoning],
  ['compaction', compaction],
  ['web_search_call', hostedToolCall],
  ['file_search_call', hostedToolCall],
  ['image_generation_call', hostedToolCall],
  ['code_interpreter_call', hostedToolCall],
  ['mcp_list_tools', mcpCall],
  ['mcp_approval_request', mcpCall],
  ['mcp_approval_response', mcpCall],
  ['mcp_call', mcpCall],
  ['computer_call', computerCall],
  ['computer_call_output', computerCallResult],
  ['shell_call', shellCall],
  ['shell_call_output', shellCallOutput],
  ['apply_patch_call', applyPatchCall],
  ['apply_patch_call_output', applyPatchCallOutput],
  ['tool_search_call', toolSearchCall],
  ['tool_search_output', toolSearchOutput],
  ['program', program],
  ['program_output', programOutput],
]);
