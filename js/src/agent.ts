import { type AgentToolOptions, agentTool } from './agent-tool.ts';
import { checkBoolean, checkJson, checkNamed, checkOptions, checkText, kindOf, refuse } from './check.ts';
import { UserError } from './errors.ts';
import type { InputGuardrail, OutputGuardrail } from './guardrail.ts';
import type { Handoff } from './handoff.ts';
import type { Hooks } from './hooks.ts';
import type { HostedTool } from './hosted-tools.ts';
import { checkCallPolicy } from './models/call-policy.ts';
import { isModel, type Model } from './models/model.ts';
import type { JsonSchemaOutput, OutputType } from './output-type.ts';
import type { Awaitable, Callback, RunContext } from './run-context.ts';
import { type Parse, readSchema } from './schema.ts';
import type { FunctionTool } from './tool.ts';

/**
 * Members of the request to the model, by the API's names: `temperature`, `max_output_tokens`, `tool_choice` … Two are ours
 * and are not sent: `retry`, the `RetrySettings` of calls that fail, and `timeoutMs`, for how many milliseconds a call may
 * take in all, its retries and a reader that is behind among it.
 */
export type ModelSettings = Record<string, unknown>;

export type Tool<Context = unknown> = FunctionTool<Context> | HostedTool;

/** What a tool answered, for `toolUseBehavior`. */
export interface FunctionToolResult<Context = unknown> {
  type: 'function_output';
  tool: FunctionTool<Context>;
  callId: string;
  output: string;
}

export type ToolsToFinalOutputResult = { isFinalOutput: false } | { isFinalOutput: true; finalOutput: string };

/** What follows when tools have answered: the model is asked again, or an answer of theirs is the final output. */
export type ToolUseBehavior<Context = unknown> =
  | 'run_llm_again'
  | 'stop_on_first_tool'
  | { stopAtToolNames: readonly string[] }
  | Callback<
      [context: RunContext<Context>, results: FunctionToolResult<Context>[]],
      Awaitable<ToolsToFinalOutputResult>
    >;

export interface AgentOptions<Context = unknown, Output extends OutputType = 'text'> {
  /** Stored with every item that the agent produces. Agents that hand over to each other need different names. */
  name: string;
  /** Tells the model who it is and what to do; the system prompt. A function is asked before every turn. */
  instructions?:
    | string
    | Callback<[runContext: RunContext<Context>, agent: Agent<Context, Output>], Awaitable<string>>
    | undefined;
  /** Tells other agents' models when to hand over to this one. */
  handoffDescription?: string | undefined;
  /** A model of the API by its name, or one of your own. Default: the model of `setDefaultOpenAI`. */
  model?: string | Model | undefined;
  modelSettings?: ModelSettings | undefined;
  tools?: readonly Tool<Context>[] | undefined;
  /** The agents that this one can hand the conversation over to. */
  // biome-ignore lint/suspicious/noExplicitAny: each has an output and a context of its own
  handoffs?: readonly (Agent<any, any> | Handoff<any, any>)[] | undefined;
  /** Look at a run's input, if the run begins with this agent. */
  inputGuardrails?: readonly InputGuardrail<Context>[] | undefined;
  /** Look at a run's final output, if it is this agent's. */
  outputGuardrails?: readonly OutputGuardrail<Output, Context>[] | undefined;
  /** `'text'` (default), a JSON Schema with a name, or a schema of zod, valibot … (Standard Schema) that checks too. */
  outputType?: Output | undefined;
  /** Default `run_llm_again`. */
  toolUseBehavior?: ToolUseBehavior<Context> | undefined;
  /** Whether a `tool_choice` of the settings holds only until the agent has used a tool. Default true. */
  resetToolChoice?: boolean | undefined;
  hooks?: Hooks<Context> | undefined;
}

/** Members that the run itself decides. */
const RESERVED = ['model', 'input', 'instructions', 'tools', 'stream'];

/**
 * A model with instructions and tools.
 *
 * @example
 * const agent = new Agent({ name: 'assistant', instructions: 'You are a helpful assistant.' });
 */
export class Agent<Context = unknown, Output extends OutputType = 'text'> {
  readonly name: string;
  readonly instructions: NonNullable<AgentOptions<Context, Output>['instructions']>;
  readonly handoffDescription: string;
  readonly model: string | Model | undefined;
  readonly modelSettings: ModelSettings;
  readonly tools: readonly Tool<Context>[];
  /** Not read-only: agents that hand over to each other can only be told of each other once both exist. */
  // biome-ignore lint/suspicious/noExplicitAny: each has an output and a context of its own
  readonly handoffs: (Agent<any, any> | Handoff<any, any>)[];
  readonly inputGuardrails: readonly InputGuardrail<Context>[];
  readonly outputGuardrails: readonly OutputGuardrail<Output, Context>[];
  readonly outputType: Output;
  readonly toolUseBehavior: ToolUseBehavior<Context>;
  readonly resetToolChoice: boolean;
  readonly hooks: Hooks<Context>;
  /** The form of the output for the API's `text.format`, and what checks it; none for text. */
  readonly outputFormat: { readonly format: object; readonly parse: Parse | undefined } | undefined;

  constructor(options: AgentOptions<Context, Output>) {
    checkOptions('The agent', options);
    const { name, instructions = '', handoffDescription = '', model, modelSettings = {}, tools = [] } = options;
    const { handoffs = [], inputGuardrails = [], outputGuardrails = [], toolUseBehavior = 'run_llm_again' } = options;
    const { outputType = 'text' as Output, resetToolChoice = true, hooks = {} } = options;
    checkText("The agent's name", name);
    if (name === '') throw new UserError('invalid_argument', "The agent's name must not be empty.");
    const of = (part: string) => `The ${part} of the agent '${name}'`;
    if (typeof instructions !== 'function') checkText(of('instructions'), instructions);
    checkText(of('handoffDescription'), handoffDescription);
    if (model !== undefined && !isModel(model)) checkText(of('model'), model);
    checkSettings(of('modelSettings'), modelSettings);
    checkTools(name, tools);
    if (!Array.isArray(handoffs)) refuse(of('handoffs'), handoffs, 'an array');
    checkNamed(of('inputGuardrails'), inputGuardrails, 'execute');
    checkNamed(of('outputGuardrails'), outputGuardrails, 'execute');
    checkToolUse(of('toolUseBehavior'), toolUseBehavior);
    checkBoolean(of('resetToolChoice'), resetToolChoice);
    checkOptions(of('hooks'), hooks);
    this.name = name;
    this.instructions = instructions;
    this.handoffDescription = handoffDescription;
    this.model = model;
    this.modelSettings = modelSettings;
    this.tools = [...tools];
    this.handoffs = [...handoffs];
    this.inputGuardrails = [...inputGuardrails];
    this.outputGuardrails = [...outputGuardrails];
    this.outputType = outputType;
    this.outputFormat = readOutputType(of('outputType'), outputType);
    this.toolUseBehavior = toolUseBehavior;
    this.resetToolChoice = resetToolChoice;
    this.hooks = hooks;
  }

  /** A new agent with these options changed; the lists are copies. */
  clone(changes: Partial<AgentOptions<Context, Output>>): Agent<Context, Output> {
    return new Agent({ ...this, ...changes });
  }

  /**
   * A tool that runs this agent on an input that the model of another one writes, and gives its final output.
   *
   * @example
   * const editor = new Agent({ name: 'editor', tools: [translator.asTool({ toolDescription: 'Translates into French.' })] });
   */
  asTool(options: AgentToolOptions<Context, Output> = {}): FunctionTool<Context> {
    return agentTool(this, options);
  }
}

export function checkSettings(argument: string, settings: unknown): void {
  checkOptions(argument, settings);
  checkJson(argument, settings as object);
  checkCallPolicy(argument, settings as ModelSettings);
  for (const name of RESERVED) {
    if (!(name in (settings as object))) continue;
    throw new UserError('invalid_argument', `${argument} must not hold '${name}'.`);
  }
}

function checkTools(agent: string, tools: unknown): void {
  if (!Array.isArray(tools)) refuse(`The tools of the agent '${agent}'`, tools, 'an array');
  const names = new Set<string>();
  tools.forEach((one: { type?: string; name?: string; invoke?: unknown } | undefined, index) => {
    if (one?.type === 'hosted_tool') return;
    if (typeof one?.invoke !== 'function' || typeof one.name !== 'string') {
      const found = kindOf(one);
      throw new UserError(
        'invalid_argument',
        `tools[${index}] of the agent '${agent}' must come from tool() or hostedTool(), but is ${found}.`,
      );
    }
    if (names.has(one.name)) {
      throw new UserError('user_error', `The agent '${agent}' has two tools named '${one.name}'.`);
    }
    names.add(one.name);
  });
}

function checkToolUse(argument: string, behavior: unknown): void {
  if (typeof behavior === 'function') return;
  const names = (behavior as { stopAtToolNames?: unknown } | null)?.stopAtToolNames;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  const accepted = "'run_llm_again', 'stop_on_first_tool', {stopAtToolNames: [names]} or a function";
  if (behavior !== 'run_llm_again' && behavior !== 'stop_on_first_tool') refuse(argument, behavior, accepted);
}

function readOutputType(argument: string, type: OutputType): Agent['outputFormat'] {
  if (type === 'text') return undefined;
  const isJson = (type as Partial<JsonSchemaOutput> | null)?.type === 'json_schema';
  if (!isJson) {
    const { json: schema, parse } = readSchema(argument, type, true);
    if (!parse) refuse(argument, type, "'text', a schema, or {type: 'json_schema', name, schema}");
    return { format: { type: 'json_schema', name: 'final_output', schema, strict: true }, parse };
  }
  const { name, schema, strict = true } = type as JsonSchemaOutput;
  checkText(`${argument}.name`, name);
  checkBoolean(`${argument}.strict`, strict);
  const { json } = readSchema(`${argument}.schema`, schema, strict);
  return { format: { type: 'json_schema', name, schema: json, strict }, parse: undefined };
}
