// Only compiled: what a caller's compiler makes of agents and tools.
import { Agent, type FunctionTool, type RunContext, run, type ToolCallDetails, tool } from 'agents-wasm';

import { type Equal, is } from './equal.ts';

interface Account {
  user: string;
}

const typed = tool({
  name: 'get_weather',
  execute: async ({ city }: { city: string }, { context }: RunContext<Account>, details) => {
    is<Equal<typeof details, ToolCallDetails>>();
    is<Equal<typeof context, Account>>();
    return `${context.user}: ${city}`;
  },
});
is<Equal<typeof typed, FunctionTool<Account>>>();

const untyped = tool({ name: 'any', execute: ({ whatever }) => whatever });
is<Equal<typeof untyped, FunctionTool<unknown>>>();

const agent = new Agent<Account>({ name: 'a', tools: [typed, untyped], modelSettings: { temperature: 0.5 } });
const inferred = new Agent({ name: 'a', tools: [typed] });
is<Equal<typeof inferred, Agent<Account>>>();

const { lastAgent } = await run(agent, 'hi', { context: { user: 'John' } });
is<Equal<typeof lastAgent, Agent<Account>>>();

// @ts-expect-error the tools need another context
void run(agent, 'hi', { context: { name: 'John' } });
// @ts-expect-error a tool has a name
tool({ execute: () => '' });
// @ts-expect-error a tool does something
tool({ name: 'a' });
// @ts-expect-error an agent has a name
new Agent({});
// @ts-expect-error a tool is made with tool()
new Agent({ name: 'a', tools: [{ name: 'x', execute: () => '' }] });
// @ts-expect-error settings are an object
new Agent({ name: 'a', modelSettings: 5 });
// @ts-expect-error an agent does not change
agent.name = 'b';
