import { type Fields, fieldsOf, listOf, present, snakeCased, without } from './fields.ts';
import { answerParts, callOutput, provided, renamed, requestParts, summaryParts } from './wire-parts.ts';

/** What the SDK writes where a model gave no id. */
const NO_ID = 'FAKE_ID';

/**
 * The item of the Responses API that an item of the SDK stands for: what Python, our runs and the API read. Members that
 * the wire has not are left out, so that it does not always tell the SDK's item again.
 */
export function toWire(item: Fields): Fields {
  const type = typeof item.type === 'string' ? item.type : 'message';
  const write = WRITERS.get(type) ?? renamedAsIs;
  // The API says who made an item, and does not take it back.
  return present(without(write(item), 'created_by'));
}

/** An item of a type that the SDK does not know: it is one of the wire's. */
function renamedAsIs(item: Fields): Fields {
  return { ...provided(item), ...without(item, 'providerData') };
}

/**
 * `own` are the members whose values differ on the wire, and those that come from the SDK's item or not at all, even if
 * the provider's data has some of that name.
 */
function wire(item: Fields, own: Fields): Fields {
  return { ...renamed(item), id: item.id === NO_ID ? undefined : item.id, caller: snakeCased(item.caller), ...own };
}

function message(item: Fields): Fields {
  const own = { type: item.type, status: item.status };
  if (item.role !== 'assistant') return wire(item, { ...own, content: requestParts(item.content) });
  return wire(item, { ...own, type: 'message', content: answerParts(item.content) });
}

function reasoning(item: Fields): Fields {
  // An item as the API gave it, of which `content` is something else.
  if (Array.isArray(item.summary)) return renamedAsIs(item);
  const { rawContent: _, content, ...rest } = item;
  return wire(rest, { summary: summaryParts(content) });
}

function hostedToolCall(item: Fields): Fields {
  const { name, output } = item;
  const known = provided(item);
  const type = hostedType(known.type ?? name);
  const own = { ...known, type, id: item.id ?? known.id, caller: snakeCased(item.caller) };
  switch (type) {
    case 'mcp_call':
      return { output, ...own };
    case 'mcp_list_tools':
    case 'mcp_approval_request':
    case 'mcp_approval_response':
      return own;
    case 'file_search_call':
      return { queries: [], ...own, status: item.status ?? 'failed' };
    case 'code_interpreter_call': {
      const { results = null, ...rest } = own as Fields;
      return { code: '', outputs: results, ...rest, status: item.status ?? 'failed' };
    }
    case 'image_generation_call':
      return { ...own, result: output ?? known.result ?? null, status: item.status ?? 'failed' };
    default:
      return { ...own, status: item.status ?? 'failed' };
  }
}

/** The SDK once called the calls by their tools. */
function hostedType(type: unknown): unknown {
  const isTool = ['web_search', 'file_search', 'code_interpreter', 'image_generation'].includes(type as string);
  return isTool ? `${type}_call` : type;
}

function computerCallResult(item: Fields): Fields {
  const { data } = fieldsOf(item.output);
  const output = { type: 'computer_screenshot', image_url: data };
  return wire(item, { type: 'computer_call_output', output, caller: undefined });
}

function shellCallOutput(item: Fields): Fields {
  const output = listOf(item.output).map((one) => {
    const { outcome, ...said } = fieldsOf(snakeCased(one));
    const { exit_code, ...ended } = fieldsOf(outcome);
    // A command that was killed has no code, which the API wants.
    return { ...said, outcome: ended.type === 'exit' ? { ...ended, exit_code: exit_code ?? 0 } : ended };
  });
  return wire(without(item, 'providerData'), { output });
}

function shellCall(item: Fields): Fields {
  const { environment } = provided(item);
  const own = { environment, status: item.status ?? 'in_progress', action: snakeCased(item.action) };
  return wire(without(item, 'providerData'), own);
}

function toolSearch(item: Fields): Fields {
  const known = provided(item);
  const named = {
    call_id: item.call_id ?? item.callId ?? known.call_id ?? undefined,
    execution: item.execution ?? known.execution,
  };
  const sdkOnly = ['toolSearchAgentName', 'toolSearchMcpToolNames'];
  const tools = Array.isArray(item.tools) ? item.tools.map(foundTool) : undefined;
  return wire(without(item, ...sdkOnly), { ...named, status: item.status, tools });
}

function foundTool(tool: unknown): unknown {
  const { type, tools } = fieldsOf(tool);
  if (type === 'namespace') return { ...fieldsOf(tool), tools: listOf(tools).map(foundTool) };
  // Not snakeCased: the schema of a function's parameters is the caller's.
  return type === 'function' || type === 'tool_reference' ? renamed(fieldsOf(tool)) : tool;
}

const WRITERS = new Map<string, (item: Fields) => Fields>([
  ['message', message],
  [
    'function_call',
    (item) => wire(item, { call_id: item.callId ?? item.call_id, status: item.status, namespace: item.namespace }),
  ],
  [
    'function_call_result',
    (item) =>
      wire(without(item, 'name', 'namespace'), {
        type: 'function_call_output',
        output: callOutput(item.output),
        status: item.status,
        namespace: undefined,
      }),
  ],
  ['reasoning', reasoning],
  [
    'compaction',
    ({ type, id, encrypted_content, encryptedContent }) => ({
      type,
      id,
      encrypted_content: encrypted_content ?? encryptedContent,
    }),
  ],
  ['hosted_tool_call', hostedToolCall],
  ['computer_call', (item) => wire(item, { action: item.action ?? listOf(item.actions)[0], actions: item.actions })],
  ['computer_call_result', computerCallResult],
  ['shell_call', shellCall],
  ['shell_call_output', shellCallOutput],
  ['apply_patch_call', (item) => wire(without(item, 'providerData'), { operation: snakeCased(item.operation) })],
  ['apply_patch_call_output', (item) => wire(without(item, 'providerData'), {})],
  ['tool_search_call', toolSearch],
  ['tool_search_output', toolSearch],
  ['program', (item) => wire(item, {})],
  [
    'program_output',
    (item) => wire(without(item, 'output'), { result: item.output ?? item.result, output: undefined }),
  ],
  ['unknown', ({ id, providerData, ...rest }) => ({ ...rest, ...fieldsOf(providerData), ...(id ? { id } : {}) })],
]);
