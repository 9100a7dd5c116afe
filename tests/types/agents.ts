// Only compiled: what a caller's compiler makes of schemas, outputs and handoffs.
import {
  Agent,
  type Handoff,
  handoff,
  type Item,
  type RunContext,
  Runner,
  type RunResult,
  type RunState,
  type RunToolApprovalItem,
  removeAllTools,
  run,
  type StandardSchema,
  type StreamedRun,
  tool,
} from 'agents-wasm';
import { z } from 'zod';

import { type Equal, is } from './equal.ts';

interface Account {
  user: string;
}

const Person = z.object({ name: z.string(), age: z.number().default(0) });
type Person = { name: string; age: number };
declare const small: StandardSchema<string, Date>;

tool({
  name: 'a',
  parameters: Person,
  execute: (args) => is<Equal<typeof args, Person>>(),
  needsApproval: (_context, args, callId) => {
    is<Equal<typeof args, Person>>();
    is<Equal<typeof callId, string>>();
    return args.age > 5;
  },
});
tool({ name: 'a', parameters: small, execute: (args) => is<Equal<typeof args, Date>>() });
tool({ name: 'a', parameters: { type: 'object' }, execute: ({ anything }) => anything });
tool({
  name: 'a',
  isEnabled: ({ runContext, agent }) => agent.name === 'a' && (runContext as RunContext<Account>).context.user === 'b',
  errorFunction: (_context, error, { callId }) => `${callId}: ${String(error)}`,
  execute: ({ city }: { city: string }, { context }: RunContext<Account>) => context.user + city,
});
// @ts-expect-error no such argument
tool({ name: 'a', parameters: Person, execute: ({ nickname }) => nickname });

const plain = new Agent({ name: 'a' });
is<Equal<typeof plain, Agent<unknown, 'text'>>>();
const person = new Agent({ name: 'a', outputType: Person });
is<Equal<typeof person, Agent<unknown, typeof Person>>>();
const dated = new Agent<Account, typeof small>({ name: 'a', outputType: small });
const byJson = new Agent({ name: 'a', outputType: { type: 'json_schema', name: 'x', schema: {} } });

is<Equal<Awaited<ReturnType<typeof plainRun>>['finalOutput'], string>>();
const plainRun = () => run(plain, 'hi');
const { finalOutput, lastAgent, interruptions, state, output } = await run(person, 'hi');
is<Equal<typeof finalOutput, Person | undefined>>();
is<Equal<typeof lastAgent, typeof person>>();
is<Equal<typeof interruptions, RunToolApprovalItem[]>>();
is<Equal<typeof state, RunState<unknown>>>();
is<Equal<typeof output, Item[]>>();
const withDate = await Runner.run(dated, 'hi', { context: { user: 'John' } });
is<Equal<typeof withDate, RunResult<Account, typeof small>>>();
is<Equal<typeof withDate.finalOutput, Date | undefined>>();
const unknownOutput = await run(byJson, 'hi');
is<Equal<typeof unknownOutput.finalOutput, unknown>>();
const streamed = await new Runner().run(person, 'hi', { stream: true });
is<Equal<typeof streamed, StreamedRun<unknown, typeof Person>>>();
is<Equal<Awaited<typeof streamed.completed>['finalOutput'], Person | undefined>>();

const again = await run(person, state);
is<Equal<typeof again.finalOutput, Person | undefined>>();
is<Equal<Awaited<ReturnType<typeof RunState.fromString>>, RunState<unknown>>>();
void streamed.cancel({ mode: 'after_turn' });
// @ts-expect-error no such mode
void streamed.cancel({ mode: 'later' });

const toPerson = handoff(person, {
  inputType: Person,
  onHandoff: (_context, input) => is<Equal<typeof input, Person>>(),
  inputFilter: removeAllTools,
  nestHistory: false,
});
is<Equal<typeof toPerson, Handoff<unknown, typeof Person>>>();
const triage = new Agent<Account>({ name: 'triage', handoffs: [toPerson, plain] });
triage.handoffs.push(dated);
// @ts-expect-error a handoff leads to an agent
triage.handoffs.push(person.name);

const cloned = person.clone({ name: 'b' });
is<Equal<typeof cloned, typeof person>>();

new Agent<Account>({
  name: 'a',
  instructions: ({ context }, agent) => {
    is<Equal<typeof agent, Agent<Account, 'text'>>>();
    return context.user;
  },
  tools: [
    person.asTool({
      customOutputExtractor: (result) => {
        is<Equal<typeof result.finalOutput, Person | undefined>>();
        return result.finalOutput?.name ?? '';
      },
    }),
  ],
  inputGuardrails: [
    {
      name: 'g',
      execute: async ({ input, context }) => ({ tripwireTriggered: input.length > 5 && context.context.user === '' }),
    },
  ],
  toolUseBehavior: (_context, results) => ({ isFinalOutput: true, finalOutput: results[0]!.output }),
  hooks: { onAgentEnd: ({ context }, { name }, text) => console.log(context.user, name, text) },
});
new Agent({
  name: 'a',
  outputType: Person,
  outputGuardrails: [
    {
      name: 'g',
      execute: async ({ agentOutput }) => {
        is<Equal<typeof agentOutput, Person>>();
        return { tripwireTriggered: agentOutput.age < 18 };
      },
    },
  ],
});
// @ts-expect-error no such behaviour
new Agent({ name: 'a', toolUseBehavior: 'stop' });
// @ts-expect-error an output is text or of a schema
new Agent({ name: 'a', outputType: 'json' });

void run(triage, 'hi', {
  context: { user: 'John' },
  callModelInputFilter: ({ modelData, context }) => ({ ...modelData, instructions: context?.user ?? '' }),
  errorHandlers: { maxTurns: ({ error }) => ({ finalOutput: error.message }), default: () => undefined },
  toolErrorFormatter: ({ kind, toolName }) => (kind === 'tool_not_found' ? `No ${toolName}.` : undefined),
  continueWith: 'last-agent',
});

// What is of the result is there once the run is complete.
is<Equal<typeof streamed.finalOutput, Person | undefined>>();
is<Equal<typeof streamed.state, RunState<unknown> | undefined>>();
