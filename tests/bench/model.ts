// The API of the bench: a function that answers at once, for both sides. What is measured is the runner.

export function said(text: string) {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return { id: 'msg_0123456789abcdef', type: 'message', role: 'assistant', status: 'completed', content };
}

export function called(index: number, args: object) {
  const call = { id: `fc_${index}`, type: 'function_call', call_id: `call_${index}`, name: 'add', status: 'completed' };
  return { ...call, arguments: JSON.stringify(args) };
}

export function responseOf(output: object[], status = 'completed') {
  return {
    id: 'resp_0123456789abcdef',
    object: 'response',
    created_at: 1_785_456_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: 'gpt-5.6-luna',
    output,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: {
      input_tokens: 17,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 22,
    },
  };
}

/** A `fetch` that gives one output after the other, and then begins again. `input` is that of the last request. */
export function answering(outputs: object[][]) {
  const texts = outputs.map((output) => JSON.stringify(responseOf(output)));
  let requests = 0;
  let last: BodyInit | null | undefined;
  const fetch = async (_input: unknown, options?: RequestInit): Promise<Response> => {
    last = options?.body;
    return new Response(texts[requests++ % texts.length], { headers: { 'content-type': 'application/json' } });
  };
  return {
    fetch: fetch as typeof globalThis.fetch,
    input: async () => JSON.parse(await new Response(last).text()).input,
  };
}

/** A `fetch` that streams one message of so many deltas, 16 of them in each piece of the body. */
export function streaming(deltas: number): typeof globalThis.fetch {
  const events = [...eventsOf(deltas)].map((event, sequence_number) => {
    return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`;
  });
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < events.length; at += 16) pieces.push(encoder.encode(events.slice(at, at + 16).join('')));
  const fetch = async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  return fetch as typeof globalThis.fetch;
}

function* eventsOf(deltas: number) {
  const message = said('word '.repeat(deltas));
  const place = { item_id: message.id, output_index: 0, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  yield { type: 'response.created', response: responseOf([], 'in_progress') };
  yield {
    type: 'response.output_item.added',
    output_index: 0,
    item: { ...message, status: 'in_progress', content: [] },
  };
  yield { type: 'response.content_part.added', ...place, part };
  for (let i = 0; i < deltas; i++) yield { type: 'response.output_text.delta', ...place, delta: 'word ', logprobs: [] };
  const text = 'word '.repeat(deltas);
  yield { type: 'response.output_text.done', ...place, text, logprobs: [] };
  yield { type: 'response.content_part.done', ...place, part: { ...part, text } };
  yield { type: 'response.output_item.done', output_index: 0, item: message };
  yield { type: 'response.completed', response: responseOf([message]) };
}
