import { Agent } from './agent.ts';
import { checkFunction, checkOptions, checkText, refuse } from './check.ts';
import { UserError } from './errors.ts';
import { nestHandoffHistory } from './handoff-filters.ts';
import type { Item } from './items.ts';
import type { OutputType } from './output-type.ts';
import { plainHandoff } from './plain-handoff.ts';
import type { Awaitable, Callback, RunContext } from './run-context.ts';
import { type Parse, readSchema, type SchemaOutput, type StandardSchema } from './schema.ts';
import { checkSwitch, checkToolName, type Enabled } from './tool.ts';

/** What the model was sent until a handoff, as items of the wire. */
export interface HandoffInputData<Context = unknown> {
  /** From before the run, and the run's input. */
  inputHistory: string | Item[];
  /** What the run added before the turn of the handoff. */
  preHandoffItems: Item[];
  /** What this turn added, with the handoff's call and output. */
  newItems: Item[];
  runContext?: RunContext<Context>;
}

/** Decides what the next agent's model is sent. The stored history is the same with and without it. */
export type HandoffInputFilter<Context = unknown> = Callback<
  [data: HandoffInputData<Context>],
  Awaitable<HandoffInputData<Context>>
>;

export interface HandoffOptions<Arguments, Context> {
  /** Default: `transfer_to_` and the agent's name in snake case. */
  toolNameOverride?: string;
  toolDescriptionOverride?: string;
  /** Called when the model chose this handoff. What it throws fails the run. */
  onHandoff?: Callback<[context: RunContext<Context>, input: Arguments], unknown>;
  /** What the model has to say with the handoff: a JSON Schema, or a Standard Schema that checks it. Needs `onHandoff`. */
  inputType?: object;
  /** Wins over the run's `handoffInputFilter`. */
  inputFilter?: HandoffInputFilter<Context>;
  /** Whether the model may choose it. Default true. */
  isEnabled?: Enabled<Context>;
  /** Whether the next agent gets one message that tells the conversation so far, instead of the conversation. */
  nestHistory?: boolean;
}

/** A way from one agent to another, which the model takes by calling a function. Make it with `handoff()`. */
export interface Handoff<Context = unknown, Output extends OutputType = OutputType> {
  readonly type: 'handoff';
  readonly agent: Agent<Context, Output>;
  readonly agentName: string;
  readonly toolName: string;
  readonly toolDescription: string;
  /** A JSON Schema. */
  readonly inputJsonSchema: object;
  readonly isEnabled: Enabled<Context>;
  readonly parse?: Parse | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the schema, not the compiler, knows what the model sends
  readonly onHandoff?: Callback<[context: RunContext<Context>, input: any], unknown> | undefined;
  readonly inputFilter?: HandoffInputFilter<Context> | undefined;
}

/**
 * A handoff with settings of its own; an agent in `handoffs` is one with the defaults.
 *
 * @example
 * const triage = new Agent({ name: 'triage', handoffs: [handoff(billing, { inputFilter: removeAllTools })] });
 */
export function handoff<Schema extends StandardSchema, Context = unknown, Output extends OutputType = 'text'>(
  agent: Agent<Context, Output>,
  options: HandoffOptions<SchemaOutput<Schema>, Context> & { inputType: Schema },
): Handoff<Context, Output>;
// biome-ignore lint/suspicious/noExplicitAny: the schema, not the compiler, knows what the model sends
export function handoff<Arguments = any, Context = unknown, Output extends OutputType = 'text'>(
  agent: Agent<Context, Output>,
  options?: HandoffOptions<Arguments, Context>,
): Handoff<Context, Output>;
export function handoff<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  options: HandoffOptions<unknown, Context> = {},
): Handoff<Context, Output> {
  if (!(agent instanceof Agent)) refuse('agent', agent, 'an Agent');
  const plain = plainHandoff(agent);
  const of = (part: string) => `${part} of the handoff to '${agent.name}'`;
  checkOptions(of('The options'), options);
  const { toolNameOverride: toolName = plain.toolName, inputType, onHandoff, isEnabled = true } = options;
  const { toolDescriptionOverride: toolDescription = plain.toolDescription, nestHistory = false } = options;
  const { inputFilter = nestHistory ? nestHandoffHistory : undefined } = options;
  checkToolName(of('The tool name'), toolName);
  checkText(of('The description'), toolDescription);
  if (onHandoff !== undefined) checkFunction(of('onHandoff'), onHandoff);
  if (inputFilter !== undefined) checkFunction(of('inputFilter'), inputFilter);
  checkSwitch(of('isEnabled'), isEnabled);
  if (inputType !== undefined && onHandoff === undefined) {
    throw new UserError('user_error', `${of('inputType')} needs onHandoff, which gets the input.`);
  }
  const schema = inputType === undefined ? undefined : readSchema(of('inputType'), inputType, true);
  const { json: inputJsonSchema = plain.inputJsonSchema, parse } = schema ?? {};
  const changed = { toolName, toolDescription, inputJsonSchema, isEnabled, onHandoff, inputFilter, parse };
  return Object.freeze({ ...plain, ...changed });
}
