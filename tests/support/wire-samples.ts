import type { Item } from 'agents-wasm';

const text = (value: string) => ({ type: 'output_text', text: value, annotations: [], logprobs: [] });
const citation = { type: 'url_citation', start_index: 0, end_index: 2, url: 'https://a.example', title: 'A' };
const program = { type: 'program', caller_id: 'prog_1' };

/** Items as the Responses API answers them, of every kind that the SDK knows. */
export const answered: Record<string, Item> = {
  message: { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [text('Hi')] },
  'a message with citations, a refusal and a phase': {
    id: 'msg_2',
    type: 'message',
    role: 'assistant',
    status: 'incomplete',
    phase: 'commentary',
    content: [
      { ...text('so'), annotations: [citation] },
      { type: 'refusal', refusal: 'No.' },
    ],
  },
  'a function call': {
    id: 'fc_1',
    type: 'function_call',
    call_id: 'call_1',
    name: 'act',
    arguments: '{"fooBar":1}',
    status: 'completed',
  },
  'a function call of a program': {
    id: 'fc_2',
    type: 'function_call',
    call_id: 'call_2',
    name: 'act',
    namespace: 'tools',
    caller: program,
    arguments: '{}',
    status: 'completed',
  },
  reasoning: {
    id: 'rs_1',
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'Hm.' }],
    encrypted_content: 'x',
    status: 'completed',
  },
  'reasoning with its text': {
    id: 'rs_2',
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'Well.' }],
  },
  compaction: { id: 'cmp_1', type: 'compaction', encrypted_content: 'folded' },
  'a web search': {
    id: 'ws_1',
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: 'weather', sources: [{ type: 'url', url: 'https://a.example' }] },
  },
  'a file search': {
    id: 'fs_1',
    type: 'file_search_call',
    status: 'completed',
    queries: ['q'],
    results: [{ file_id: 'file_1', filename: 'a.txt', score: 0.5, text: 't', attributes: { myKey: 'v' } }],
  },
  'a code interpreter call': {
    id: 'ci_1',
    type: 'code_interpreter_call',
    status: 'completed',
    code: '1+1',
    container_id: 'cntr_1',
    outputs: [{ type: 'logs', logs: '2' }],
  },
  'an image': { id: 'ig_1', type: 'image_generation_call', status: 'completed', result: 'aGk=' },
  'a list of tools': {
    id: 'mcpl_1',
    type: 'mcp_list_tools',
    server_label: 's',
    tools: [{ name: 't', input_schema: { type: 'object', properties: { fooBar: { type: 'string' } } } }],
  },
  'a question for approval': {
    id: 'mcpr_1',
    type: 'mcp_approval_request',
    server_label: 's',
    name: 't',
    arguments: '{}',
  },
  'an MCP call': {
    id: 'mcp_1',
    type: 'mcp_call',
    server_label: 's',
    name: 't',
    arguments: '{}',
    output: 'out',
    status: 'completed',
  },
  'a computer call': {
    id: 'cu_1',
    type: 'computer_call',
    call_id: 'call_3',
    status: 'completed',
    pending_safety_checks: [],
    action: { type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: 10 },
  },
  'a shell call': {
    id: 'sh_1',
    type: 'shell_call',
    call_id: 'call_4',
    status: 'in_progress',
    action: { commands: ['ls'], timeout_ms: 1000, max_output_length: 10 },
  },
  'what a shell said': {
    id: 'sho_1',
    type: 'shell_call_output',
    call_id: 'call_4',
    status: 'completed',
    max_output_length: 10,
    output: [
      { stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 1 } },
      { stdout: '', stderr: 'b', outcome: { type: 'timeout' } },
    ],
  },
  'a patch': {
    id: 'ap_1',
    type: 'apply_patch_call',
    call_id: 'call_5',
    status: 'completed',
    operation: { type: 'update_file', path: 'a', diff: '+', move_to: 'b' },
  },
  'what became of a patch': {
    id: 'apo_1',
    type: 'apply_patch_call_output',
    call_id: 'call_5',
    status: 'failed',
    output: 'no such file',
  },
  'a search for tools': {
    id: 'tsc_1',
    type: 'tool_search_call',
    status: 'completed',
    execution: 'server',
    arguments: { paths: ['aB'], query: 'q' },
  },
  'found tools': {
    id: 'tso_1',
    type: 'tool_search_output',
    status: 'completed',
    call_id: 'call_6',
    tools: [
      {
        type: 'function',
        name: 'f',
        defer_loading: true,
        strict: true,
        parameters: { type: 'object', properties: { fooBar: {} } },
      },
    ],
  },
  'a program': { id: 'prog_1', type: 'program', call_id: 'call_7', code: 'x', fingerprint: 'f' },
  'what a program gave': {
    id: 'po_1',
    type: 'program_output',
    call_id: 'call_7',
    result: 'r',
    status: 'completed',
  },
  'a custom tool call': { id: 'ctc_1', type: 'custom_tool_call', call_id: 'call_8', name: 'c', input: 'i' },
};

/** Items as programs write them, in Python and in ours. */
export const written: Record<string, Item> = {
  'a user': { role: 'user', content: 'Hello' },
  'a user, in full': { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
  'a user with pictures and files': {
    role: 'user',
    content: [
      { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' },
      { type: 'input_image', file_id: 'file_1', detail: 'low' },
      { type: 'input_file', file_data: 'data:text/plain;base64,aGk=', filename: 'a.txt' },
      { type: 'input_file', file_url: 'https://a.example/b.pdf' },
      { type: 'input_file', file_id: 'file_2' },
    ],
  },
  'a system': { role: 'system', content: 'Be brief.' },
  'an output': { type: 'function_call_output', call_id: 'call_1', output: 'done' },
  'an output of parts': {
    type: 'function_call_output',
    call_id: 'call_1',
    status: 'completed',
    output: [
      { type: 'input_text', text: 'see' },
      { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' },
      { type: 'input_file', file_id: 'file_3' },
    ],
  },
  'what a computer shows': {
    type: 'computer_call_output',
    call_id: 'call_3',
    output: { type: 'computer_screenshot', image_url: 'data:image/png;base64,aGk=' },
  },
  'an approval': { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true },
  'the output of a custom tool': { type: 'custom_tool_call_output', call_id: 'call_8', output: 'o' },
  'a reference': { type: 'item_reference', id: 'msg_1' },
};
