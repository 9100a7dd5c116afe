import { type Fields, fieldsOf, isFields } from './fields.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const anything: Check = () => true;
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const record = (checks: Record<string, Check>): Check => {
  const members = Object.entries(checks);
  return (value) => isFields(value) && members.every(([name, check]) => check(own(value, name)));
};
/** One of the records, chosen by the value's `type`. */
const typed = (forms: Record<string, Record<string, Check>>): Check => {
  const checks = new Map(Object.entries(forms).map(([type, form]) => [type as unknown, record(form)]));
  return (value) => checks.get(fieldsOf(value).type)?.(value) ?? false;
};

function own(value: Fields, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

const status = oneOf('in_progress', 'completed', 'incomplete');
const cached = { promptCacheBreakpoint: maybe(record({ mode: oneOf('explicit') })) };
const caller = typed({ direct: {}, program: { callerId: text } });
const named = { id: text };

const requestParts = {
  input_text: { text, ...cached },
  input_image: { image: maybe(either(text, record(named))), detail: maybe(text), ...cached },
  input_file: {
    file: maybe(either(text, record(named), record({ url: text }))),
    filename: maybe(text),
    ...cached,
  },
};
const audio = { audio: { audio: either(text, record(named)), format: maybe(either(text, oneOf(null))), ...cached } };

const point = { x: number, y: number };
const action = typed({
  screenshot: {},
  wait: {},
  click: { ...point, button: oneOf('left', 'right', 'wheel', 'back', 'forward') },
  double_click: point,
  move: point,
  scroll: { ...point, scroll_x: number, scroll_y: number },
  type: { text },
  keypress: { keys: listOf(text) },
  drag: { path: listOf(record(point)) },
});

const called = { callId: text, caller: maybe(caller) };

const roles: ReadonlyMap<unknown, Check> = new Map(
  Object.entries({
    user: record({ content: either(text, listOf(typed({ ...requestParts, ...audio }))) }),
    system: record({ content: text }),
    assistant: record({ status, content: listOf(typed({ output_text: { text }, refusal: { refusal: text } })) }),
  }),
);

const items: Record<string, Check> = {
  message: (item) => roles.get(fieldsOf(item).role)?.(item) ?? false,
  function_call: record({ ...called, name: text, namespace: maybe(text), status: maybe(status), arguments: text }),
  function_call_result: record({
    ...called,
    name: text,
    namespace: maybe(text),
    status,
    output: either(text, listOf(typed(requestParts))),
  }),
  reasoning: record({ content: listOf(record({ text })) }),
  compaction: record({ encrypted_content: text, created_by: maybe(text) }),
  hosted_tool_call: record({ name: text, status: maybe(text), output: maybe(text), caller: maybe(caller) }),
  computer_call: record({ callId: text, status, action, actions: maybe(listOf(action)) }),
  computer_call_result: record({ callId: text, output: record({ data: text }) }),
  shell_call: record({
    ...called,
    status: maybe(status),
    action: record({ commands: listOf(text), timeoutMs: maybe(count), maxOutputLength: maybe(count) }),
  }),
  shell_call_output: record({
    ...called,
    status: maybe(status),
    maxOutputLength: maybe(number),
    output: listOf(
      record({
        stdout: text,
        stderr: text,
        outcome: typed({ timeout: {}, exit: { exitCode: either(Number.isSafeInteger, oneOf(null)) } }),
      }),
    ),
  }),
  apply_patch_call: record({
    ...called,
    status: oneOf('in_progress', 'completed'),
    operation: typed({
      create_file: { path: text, diff: text },
      update_file: { path: text, diff: text, moveTo: maybe((value) => text(value) && value !== '') },
      delete_file: { path: text },
    }),
  }),
  apply_patch_call_output: record({ ...called, status: oneOf('completed', 'failed'), output: maybe(text) }),
  tool_search_call: record({ status: maybe(text), arguments: anything }),
  tool_search_output: record({ status: maybe(text), tools: listOf(isFields) }),
  program: record({ callId: text, code: text, fingerprint: text }),
  program_output: record({ callId: text, output: text, status: oneOf('completed', 'incomplete') }),
};

const forms: ReadonlyMap<unknown, Check> = new Map(Object.entries(items));

/** Whether an item of the SDK's form has what its type must have: what the SDK checks when it restores a run. */
export function fits(item: Fields): boolean {
  const type = item.type ?? (item.role === undefined ? undefined : 'message');
  return maybe(text)(item.id) && (forms.get(type)?.(item) ?? false);
}
