import type { Agent } from './agent.ts';
import { checkOptions, checkText, refuse } from './check.ts';
import { UserError } from './errors.ts';
import { placeOf } from './nesting.ts';
import type { OutputType } from './output-type.ts';
import type { Awaitable, Callback, RunContext } from './run-context.ts';
import type { RunConfig, RunOptions } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { run } from './runner.ts';
import type { RunStreamEvent } from './stream.ts';
import {
  checkSwitch,
  checkToolName,
  type Enabled,
  type FunctionTool,
  type NeedsApproval,
  type ToolCallDetails,
} from './tool.ts';

/** What the model passes to an agent that is a tool. */
export interface AgentToolInput {
  input: string;
}

type NestedOptions<Context> = Omit<RunOptions<Context>, 'stream' | 'parent' | 'context' | 'signal' | 'runConfig'>;

export interface AgentToolOptions<Context = unknown, Output extends OutputType = 'text'> {
  /** Default: the agent's name in snake case. */
  toolName?: string;
  /** Default: the agent's `handoffDescription`. */
  toolDescription?: string;
  /** Makes of the agent's run what the model reads. Default: its final output. */
  customOutputExtractor?: Callback<[result: RunResult<Context, Output>], Awaitable<string>>;
  needsApproval?: NeedsApproval<AgentToolInput, Context>;
  isEnabled?: Enabled<Context>;
  /** Options of the agent's run, such as a session or `maxTurns`. Without a session it remembers nothing. */
  runOptions?: NestedOptions<Context>;
  /** The API and the model of the run around it, unless it says otherwise. */
  runConfig?: RunConfig;
  /** Streams the agent's run, and waits for this function at each of its events. */
  onStream?: Callback<
    [event: { event: RunStreamEvent; agent: Agent<Context, Output>; toolCall: ToolCallDetails['toolCall'] }],
    unknown
  >;
}

const INPUT = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

/** The agent as a tool of others. */
export function agentTool<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  options: AgentToolOptions<Context, Output>,
): FunctionTool<Context> {
  checkOptions('The options of asTool', options);
  const { toolName: name = agent.name.replace(/[^A-Za-z0-9_]/g, '_').toLowerCase() } = options;
  const { toolDescription: description = agent.handoffDescription, needsApproval = false, isEnabled = true } = options;
  checkToolName('toolName', name);
  checkText('toolDescription', description);
  checkSwitch('needsApproval', needsApproval);
  checkSwitch('isEnabled', isEnabled);
  return Object.freeze({
    type: 'function',
    name,
    description,
    parameters: INPUT,
    strict: true,
    isEnabled,
    needsApproval,
    async invoke({ input }: AgentToolInput, context: RunContext<Context>, details: ToolCallDetails) {
      if (typeof input !== 'string') refuse('input', input, 'a string');
      const result = await runInside(agent, input, options, context, details);
      if (result.interruptions.length === 0) return options.customOutputExtractor?.(result) ?? result.finalOutput;
      throw new UserError(
        'user_error',
        `A tool of the agent '${agent.name}' needs an approval, for which an agent that is a tool itself cannot wait.`,
      );
    },
  });
}

async function runInside<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  input: string,
  { runOptions, runConfig, onStream }: AgentToolOptions<Context, Output>,
  parent: RunContext<Context>,
  { signal, toolCall }: ToolCallDetails,
): Promise<RunResult<Context, Output>> {
  const { openai, model } = placeOf(parent)?.runConfig ?? {};
  const around = { ...(openai && { openai }), ...(model && { model }) };
  const options = { ...runOptions, context: parent.context, parent, signal, runConfig: { ...around, ...runConfig } };
  if (!onStream) return run(agent, input, options);
  const streamed = await run(agent, input, { ...options, stream: true });
  try {
    for await (const event of streamed) await onStream({ event, agent, toolCall });
    return await streamed.completed;
  } finally {
    await streamed.cancel();
    await streamed.completed.catch(() => undefined);
  }
}
