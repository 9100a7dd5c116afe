import type { Item } from 'agents-wasm';

/** What every golden file has (tests/fixtures). */
export const GOLDEN: { chat: Item[]; other: Item[]; metadata: object } = {
  chat: [
    { role: 'user', content: 'Grüße "one"' },
    { type: 'function_call', call_id: 'k1', name: 'add', arguments: '{"a": [1, 2]}' },
    { type: 'function_call_output', call_id: 'k1', output: '3' },
    { role: 'assistant', content: [{ type: 'output_text', text: 'three 😀', annotations: [] }] },
    { role: 'user', content: 'two' },
  ],
  other: [{ role: 'user', content: 'apart' }],
  metadata: { color: 'red', n: [1, 2.5] },
};
