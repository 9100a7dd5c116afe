// The conversations that are seeded: messages of so many bytes as JSON, the user's and the assistant's in turns.

const ITEM_BYTES = 400;
const FILLER = 'some words that people use in what they say to each other, and then some more of them '.repeat(5);

export interface Text {
  role: 'user' | 'assistant';
  text: string;
}

export function historyOf(count: number): Text[] {
  return Array.from({ length: count }, (_, index) => {
    const role = index % 2 === 0 ? 'user' : 'assistant';
    const start = `line ${index}: `;
    const frame = JSON.stringify(wireItem({ role, text: start }, index)).length;
    return { role, text: start + FILLER.slice(0, ITEM_BYTES - frame) };
  });
}

/** As the API has it, and agents-wasm. */
export function wireItem({ role, text }: Text, index: number) {
  if (role === 'user') return { role, content: text };
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { id: `msg_${index}`, type: 'message', role, status: 'completed', content };
}

/** As the SDK has it. */
export function sdkItem({ role, text }: Text, index: number) {
  if (role === 'user') return { role, content: text };
  return { id: `msg_${index}`, type: 'message', role, status: 'completed', content: [{ type: 'output_text', text }] };
}
