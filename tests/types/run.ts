// Only compiled: what a caller's compiler makes of runs.
import {
  Agent,
  MemorySession,
  type RunItem,
  Runner,
  type RunResult,
  type RunStreamEvent,
  run,
  type StreamedRun,
} from 'agents-wasm';

import { type Equal, is } from './equal.ts';

const agent = new Agent({ name: 'assistant' });
const session = new MemorySession();

const whole = run(agent, 'hi');
is<Equal<typeof whole, Promise<RunResult<unknown>>>>();
const alsoWhole = Runner.run(agent, 'hi', { stream: false });
is<Equal<typeof alsoWhole, Promise<RunResult<unknown>>>>();
const streamed = Runner.run(agent, 'hi', { stream: true });
is<Equal<typeof streamed, Promise<StreamedRun<unknown>>>>();
const byRunner = new Runner({ traceMetadata: { a: 1 } }).run(agent, [{ role: 'user', content: 'hi' }], {
  stream: true,
});
is<Equal<typeof byRunner, Promise<StreamedRun<unknown>>>>();

const result = await whole;
is<Equal<typeof result.finalOutput, string>>();
is<Equal<typeof result.newItems, RunItem[]>>();
is<Equal<typeof result.conversationId, string | undefined>>();
is<Equal<typeof result.usage.totalTokens, number>>();
is<Equal<(typeof result.trace.metadata)[string], unknown>>();
// @ts-expect-error a result is not to be changed
result.finalOutput = '';

for await (const event of await streamed) {
  is<Equal<typeof event, RunStreamEvent>>();
  if (event.type === 'run_item_stream_event') is<Equal<typeof event.item, RunItem>>();
  // @ts-expect-error events of the API have no item
  if (event.type === 'raw_model_stream_event') event.item;
}
for await (const text of (await streamed).toTextStream()) is<Equal<typeof text, string>>();
await using left = await streamed;
is<Equal<typeof left.completed, Promise<RunResult<unknown>>>>();

void run(agent, 'hi', {
  session,
  conversationId: 'c',
  sessionSettings: { maxItems: 5 },
  sessionInputCallback: (history, newInput) => [...history.slice(-10), ...newInput, 'words'],
  maxTurns: null,
  signal: AbortSignal.timeout(5),
});
void run(agent, 'hi', { session, sessionInputCallback: async (history) => history });

// @ts-expect-error an agent is an Agent
void run({ name: 'a' }, 'hi');
// @ts-expect-error input is text or a list
void run(agent, { role: 'user', content: 'hi' });
// @ts-expect-error a callback returns a list
void run(agent, 'hi', { session, sessionInputCallback: () => 'text' });
// @ts-expect-error no such option
void run(agent, 'hi', { sesion: session });
// @ts-expect-error a limit is a number
void run(agent, 'hi', { sessionSettings: { maxItems: '5' } });
// @ts-expect-error a number or null
void run(agent, 'hi', { maxTurns: 'many' });
