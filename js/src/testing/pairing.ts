import { badRequest } from './errors.ts';
import type { Item } from './wire.ts';

/** Call types whose output is an item that names the same `call_id`. */
const PAIRS = [
  { call: 'function_call', output: 'function_call_output', name: 'function call' },
  { call: 'custom_tool_call', output: 'custom_tool_call_output', name: 'custom tool call' },
  { call: 'computer_call', output: 'computer_call_output', name: 'computer call' },
  { call: 'shell_call', output: 'shell_call_output', name: 'shell call' },
  { call: 'apply_patch_call', output: 'apply_patch_call_output', name: 'apply patch call' },
];

/** Throws what the live API says about a context in which calls and outputs do not match, or an item comes twice. */
export function checkContext(items: readonly Item[]): void {
  for (const pair of PAIRS) checkPairs(items, pair);
  const seen = new Set<string>();
  for (const { id } of items) {
    if (!id) continue;
    if (seen.has(id)) {
      const message = `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`;
      throw badRequest(message, 'input');
    }
    seen.add(id);
  }
}

/** The items without the outputs whose call is not among them. */
export function withoutOrphans(items: readonly Item[]): Item[] {
  const calls = new Set(
    items.filter(({ type }) => PAIRS.some(({ call }) => call === type)).map((item) => item.call_id),
  );
  return items.filter((item) => !PAIRS.some(({ output }) => output === item.type) || calls.has(item.call_id));
}

function checkPairs(items: readonly Item[], { call, output, name }: (typeof PAIRS)[number]): void {
  const calls = new Set<unknown>();
  const open = new Set<unknown>();
  for (const item of items) {
    const callId = item.call_id;
    if (item.type === call) {
      calls.add(callId);
      open.add(callId);
    } else if (item.type === output) {
      if (!calls.has(callId)) {
        throw badRequest(`No tool call found for ${name} output with call_id ${callId}.`, 'input');
      }
      open.delete(callId);
    }
  }
  for (const callId of open) throw badRequest(`No tool output found for ${name} ${callId}.`, 'input');
}
