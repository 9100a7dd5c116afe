import {
  Agent,
  type Item,
  MemorySession,
  type openSession,
  Runner,
  RunState,
  type SQLiteSession,
  tool,
} from 'agents-wasm';
import { createOpenAIServer } from 'agents-wasm/testing';

type AnySession = MemorySession | SQLiteSession | Awaited<ReturnType<typeof openSession>>;

function expect(what: string, actual: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

/** What answers the core's questions, and reads a run's state, is loaded at its first use. */
async function approve(session: AnySession, openai: object, weather: ReturnType<typeof tool>): Promise<void> {
  const careful = { ...weather, needsApproval: async () => true };
  const agent = new Agent({ name: 'careful', instructions: async () => 'Ask before you act.', tools: [careful] });
  const options = { session, conversationId: 'approvals', runConfig: { openai } };
  const waiting = await Runner.run(agent, 'What is the weather in Oslo? Use get_weather.', options);
  const state = await RunState.fromString(agent, waiting.state.toString());
  for (const call of state.getInterruptions()) state.approve(call);
  const { interruptions } = await Runner.run(agent, state, options);
  expect('approvals', [waiting.interruptions.length, interruptions.length], [1, 0]);
}

/** An agent as a tool of another one, whose events are passed on. */
async function nest(openai: object): Promise<void> {
  const expert = new Agent({ name: 'expert', instructions: 'You know the weather.' });
  let events = 0;
  const onStream = () => void events++;
  const ask = expert.asTool({ toolName: 'ask_expert', toolDescription: 'Asks the expert.', onStream });
  const agent = new Agent({ name: 'asker', instructions: 'Ask the expert.', tools: [ask] });
  const { finalOutput } = await Runner.run(agent, 'How is the weather? Use ask_expert.', { runConfig: { openai } });
  expect('an agent that is a tool', [typeof finalOutput, events > 0], ['string', true]);
}

const textOf = ({ content }: Item): string => (typeof content === 'string' ? content : content[0].text);

/** What works in every runtime; it throws where it does not. Nothing but the package and the language is used. */
export async function smoke(sessionType: string, open: () => AnySession | Promise<AnySession>): Promise<string[]> {
  const server = createOpenAIServer({ requireKey: 'sk-smoke' });
  const openai = { apiKey: 'sk-smoke', baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch };
  const said: string[] = [];
  const weather = tool({
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
    execute: ({ city }: { city: string }) => {
      said.push(city);
      return `It is sunny in ${city}.`;
    },
  });
  const agent = new Agent({ name: 'assistant', instructions: 'You are a helpful assistant.', tools: [weather] });
  const session = await open();
  const options = { session, conversationId: 'user-123', runConfig: { openai } };

  await Runner.run(agent, "Hello, I'm John", options);
  const { finalOutput, trace } = await Runner.run(agent, "What's my name?", options);
  if (!finalOutput.includes('John')) throw new Error(`The name was forgotten: ${finalOutput}`);
  expect('trace', trace.metadata, { conversation_id: 'user-123', session_type: sessionType });
  await Runner.run(agent, 'What is the weather in Zürich? Use get_weather.', options);
  expect('tool calls', said, ['Zürich']);

  await nest(openai);
  await approve(session, openai, weather);
  expect('approved calls', said, ['Zürich', 'Oslo']);

  const streamed = await Runner.run(agent, "What's my name?", { ...options, stream: true });
  let text = '';
  for await (const piece of streamed.toTextStream()) text += piece;
  expect('streamed text', text, (await streamed.completed).finalOutput);

  const stopped = await Runner.run(agent, 'Tell me more', { ...options, stream: true });
  await stopped.cancel();
  const error = await stopped.completed.catch((failure) => failure);
  expect('error of a stopped run', [error.name, error.code], ['AbortError', 'aborted']);

  const items = await session.loadItems('user-123', { maxItems: 4 });
  expect('agent', items.at(-1)?.agent, { name: 'assistant' });
  expect('own keys', Object.keys(items.at(-1)!).includes('agent'), false);
  await session.setTitle('user-123', 'Über John 😀');
  const { conversations } = await session.listConversations();
  expect(
    'conversations',
    conversations.map(({ id, title }) => [id, title]).filter(([id]) => id === 'user-123'),
    [['user-123', 'Über John 😀']],
  );
  // What converts items is loaded at its first use.
  const seen = await session.conversation('user-123').getItems(4);
  expect('items as the Agents SDK sees them', seen.length, 4);
  const bad = await session.loadItems('').catch((failure) => failure);
  expect('bad id', [bad.name, bad.code], ['UserError', 'invalid_argument']);
  await session.close();
  return items.map(textOf);
}

/** The words of the first run, read by a new session on what an older one stored. */
export async function remembers(session: AnySession): Promise<void> {
  const [first] = await session.loadItems('user-123');
  expect('first words', first && textOf(first), "Hello, I'm John");
  await session.close();
}

export { MemorySession };
