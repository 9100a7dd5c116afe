import fc from 'fast-check';

// JSON that comes back as it is: neither -0 nor lone surrogates.
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const json = fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' }).map((value) => JSON.parse(JSON.stringify(value)));
const name = fc.oneof(text, fc.constantFrom('fooBar', 'foo_bar', 'id', 'type', 'status', 'annotations', '__proto__'));
const record = fc
  .array(fc.tuple(name, json), { maxLength: 3 })
  .map(
    (members): Record<string, unknown> =>
      JSON.parse(`{${members.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)}}`),
  );

const status = fc.constantFrom('in_progress', 'completed', 'incomplete');
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });
const caller = fc.oneof(
  fc.constant({ type: 'direct' }),
  text.map((callerId) => ({ type: 'program', callerId })),
);

/** An object with these members, with or without what any item or part may have too. */
function some(members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({ ...members, providerData: maybe(record) }).map((made) => JSON.parse(JSON.stringify(made)));
}
const item = (type: string, members: Record<string, fc.Arbitrary<unknown>>) =>
  some({ type: fc.constant(type), id: maybe(text), ...members });

const cached = { promptCacheBreakpoint: maybe(fc.constant({ mode: 'explicit' })) };
const source = fc.oneof(
  fc.constantFrom('data:text/plain;base64,aGk=', 'https://a.example/b', 'aGk='),
  text.map((id) => ({ id })),
);
const requestPart = fc.oneof(
  some({ type: fc.constant('input_text'), text, ...cached }),
  some({
    type: fc.constant('input_image'),
    image: maybe(source),
    detail: maybe(fc.constantFrom('auto', 'low')),
    ...cached,
  }),
  some({
    type: fc.constant('input_file'),
    file: maybe(fc.oneof(source, fc.constant({ url: 'https://a.example' }))),
    filename: maybe(text),
    ...cached,
  }),
);
const audio = some({
  type: fc.constant('audio'),
  audio: fc.oneof(text, fc.constant({ id: 'a' })),
  format: maybe(fc.constantFrom('wav', null)),
  transcript: maybe(text),
});
const answerPart = fc.oneof(
  some({ type: fc.constant('output_text'), text }),
  some({ type: fc.constant('refusal'), refusal: text }),
  some({ type: fc.constant('image'), image: text }),
  audio,
);
const toolOutput = fc.oneof(
  text,
  some({ type: fc.constant('text'), text }),
  some({
    type: fc.constant('image'),
    image: maybe(
      fc.oneof(
        fc.constant('https://a.example'),
        fc.record({ data: text, mediaType: fc.constant('image/png') }),
        fc.record({ url: text }),
        fc.record({ fileId: text }),
      ),
    ),
  }),
  some({
    type: fc.constant('file'),
    file: fc.oneof(fc.record({ data: text, mediaType: text, filename: text }), fc.record({ url: text }), text),
  }),
  fc.array(requestPart, { maxLength: 2 }),
);

const message = { type: maybe(fc.constant('message')) };
const called = { callId: text, caller: maybe(caller) };

/** Any item that the SDK holds for valid. */
export const sdkItem: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  some({
    ...message,
    id: maybe(text),
    role: fc.constant('user'),
    content: fc.oneof(text, fc.array(fc.oneof(requestPart, audio), { maxLength: 3 })),
  }),
  some({ ...message, id: maybe(text), role: fc.constant('system'), content: text }),
  some({
    ...message,
    id: maybe(fc.oneof(text, fc.constant('FAKE_ID'))),
    role: fc.constant('assistant'),
    status,
    content: fc.array(answerPart, { maxLength: 3 }),
    phase: maybe(fc.constantFrom('commentary', 'final_answer')),
  }),
  item('function_call', { ...called, name: text, namespace: maybe(text), status: maybe(status), arguments: text }),
  item('function_call_result', { ...called, name: text, namespace: maybe(text), status, output: toolOutput }),
  item('hosted_tool_call', {
    name: fc.constantFrom(
      'web_search_call',
      'file_search',
      'code_interpreter',
      'image_generation_call',
      'mcp_call',
      'x',
    ),
    arguments: maybe(text),
    status: maybe(text),
    output: maybe(text),
    caller: maybe(caller),
  }),
  item('reasoning', {
    content: fc.array(some({ type: fc.constant('input_text'), text, ...cached }), { maxLength: 2 }),
    rawContent: maybe(fc.array(some({ type: fc.constant('reasoning_text'), text }), { maxLength: 2 })),
  }),
  item('compaction', { encrypted_content: text, created_by: maybe(text) }),
  item('computer_call', {
    callId: text,
    status,
    action: fc.constant({ type: 'screenshot' }),
    actions: maybe(fc.constant([{ type: 'wait' }, { type: 'type', text: 'aB' }])),
  }),
  item('computer_call_result', {
    callId: text,
    output: some({ type: fc.constant('computer_screenshot'), data: text }),
  }),
  item('shell_call', {
    ...called,
    status: maybe(status),
    action: fc.record(
      { commands: fc.array(text), timeoutMs: fc.nat(), maxOutputLength: fc.nat() },
      { requiredKeys: ['commands'] },
    ),
  }),
  item('shell_call_output', {
    ...called,
    status: maybe(status),
    maxOutputLength: maybe(fc.nat()),
    output: fc.array(
      fc.record({
        stdout: text,
        stderr: text,
        outcome: fc.constantFrom({ type: 'timeout' }, { type: 'exit', exitCode: 1 }, { type: 'exit', exitCode: null }),
        extraBit: json,
      }),
      { maxLength: 2 },
    ),
  }),
  item('apply_patch_call', {
    ...called,
    status: fc.constantFrom('in_progress', 'completed'),
    operation: fc.constantFrom(
      { type: 'create_file', path: 'a', diff: '+' },
      { type: 'update_file', path: 'a', diff: '+', moveTo: 'b' },
      { type: 'delete_file', path: 'a' },
    ),
  }),
  item('apply_patch_call_output', {
    ...called,
    status: fc.constantFrom('completed', 'failed'),
    output: maybe(text),
  }),
  item('tool_search_call', {
    call_id: maybe(fc.option(text)),
    callId: maybe(text),
    status: maybe(text),
    arguments: json,
  }),
  item('tool_search_output', {
    toolSearchAgentName: maybe(text),
    toolSearchMcpToolNames: maybe(fc.array(text)),
    execution: maybe(fc.constantFrom('client', 'server')),
    tools: fc.array(
      fc.oneof(
        record,
        fc.constantFrom(
          { type: 'tool_reference', functionName: 'f', namespace: 'n' },
          { type: 'function', name: 'f', deferLoading: true, allowedCallers: ['direct'], parameters: { fooBar: 1 } },
          { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'g', outputSchema: { a: 1 } }] },
        ),
      ),
      { maxLength: 2 },
    ),
  }),
  item('program', { callId: text, code: text, fingerprint: text }),
  item('program_output', { callId: text, output: text, status: fc.constantFrom('completed', 'incomplete') }),
  item('unknown', {}),
);

/** Any JSON object. */
export const anyObject = record;
