import { checkJson, checkText, kindOf, refuse } from './check.ts';
import { UserError } from './errors.ts';
import type { FunctionTool } from './tool.ts';

/** Members of the request to the model, by the API's names: `temperature`, `max_output_tokens`, `reasoning` … */
export type ModelSettings = Record<string, unknown>;

export interface AgentOptions<Context = unknown> {
  /** Stored with every item that the agent produces. */
  name: string;
  /** Tells the model who it is and what to do; the system prompt. */
  instructions?: string;
  /** Default: the model of `setDefaultOpenAI`. */
  model?: string;
  modelSettings?: ModelSettings;
  tools?: readonly FunctionTool<Context>[];
}

/** Members that the run itself decides. */
const RESERVED = ['model', 'input', 'instructions', 'tools', 'stream'];

/**
 * A model with instructions and tools.
 *
 * @example
 * const agent = new Agent({ name: 'assistant', instructions: 'You are a helpful assistant.' });
 */
export class Agent<Context = unknown> {
  readonly name: string;
  readonly instructions: string;
  readonly model: string | undefined;
  readonly modelSettings: ModelSettings;
  readonly tools: readonly FunctionTool<Context>[];

  constructor(options: AgentOptions<Context>) {
    if (typeof options !== 'object' || options === null) refuse('The agent', options, 'an object of options');
    const { name, instructions = '', model, modelSettings = {}, tools = [] } = options;
    checkText("The agent's name", name);
    if (name === '') throw new UserError('invalid_argument', "The agent's name must not be empty.");
    checkText(`The instructions of the agent '${name}'`, instructions);
    if (model !== undefined) checkText(`The model of the agent '${name}'`, model);
    checkSettings(name, modelSettings);
    checkTools(name, tools);
    this.name = name;
    this.instructions = instructions;
    this.model = model;
    this.modelSettings = modelSettings;
    this.tools = [...tools];
  }
}

function checkSettings(agent: string, settings: unknown): void {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    refuse(`The modelSettings of the agent '${agent}'`, settings, 'an object');
  }
  checkJson(`The modelSettings of the agent '${agent}'`, settings);
  for (const name of RESERVED) {
    if (!(name in settings)) continue;
    throw new UserError('invalid_argument', `The modelSettings of the agent '${agent}' must not hold '${name}'.`);
  }
}

function checkTools(agent: string, tools: unknown): void {
  if (!Array.isArray(tools)) refuse(`The tools of the agent '${agent}'`, tools, 'an array');
  const names = new Set<string>();
  tools.forEach((one: Partial<FunctionTool> | undefined, index) => {
    if (typeof one?.invoke !== 'function' || typeof one.name !== 'string') {
      const found = kindOf(one);
      throw new UserError(
        'invalid_argument',
        `tools[${index}] of the agent '${agent}' must come from tool(), but is ${found}.`,
      );
    }
    if (names.has(one.name)) {
      throw new UserError('user_error', `The agent '${agent}' has two tools named '${one.name}'.`);
    }
    names.add(one.name);
  });
}
