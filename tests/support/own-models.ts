import { Agent, type Model, type ModelAnswer, type ModelEvent, run, tool } from 'agents-wasm';

// Models that a program brings itself.

export const said = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});

/** A model that answers with this, which need not be an answer. */
export const answers = (response: unknown): Model => ({ getResponse: async () => response as ModelAnswer });

/** A model whose stream has these, which need not be events. */
export const streams = (...events: unknown[]): Model => ({
  ...answers({ output: [] }),
  async *getStreamedResponse() {
    yield* events as ModelEvent[];
  },
});

/** The last event of a stream. */
export const completed = (...output: object[]) => ({ type: 'response.completed', response: { output } });

export const add = tool({ name: 'add', parameters: { type: 'object', properties: {} }, execute: () => '3' });

/** The events of a streamed run, and how it ended. */
export async function read(model: Model) {
  const events: ModelEvent[] = [];
  const stream = await run(new Agent({ name: 'a', model }), 'hi', { stream: true });
  try {
    for await (const event of stream) if (event.type === 'raw_model_stream_event') events.push(event.data);
    return { events, result: await stream.completed, error: undefined };
  } catch (error) {
    return { events, result: undefined, error: error as Error & { code: string } };
  }
}
