import type { Agent } from './agent.ts';
import type { Item } from './items.ts';
import type { OutputType } from './output-type.ts';
import type { RunContext } from './run-context.ts';
import type { FunctionTool } from './tool.ts';

/**
 * What an agent or a run tells while it goes on. The run waits for each; what one throws fails the run, save around a
 * tool, where the model is told of it.
 */
export interface Hooks<Context = unknown> {
  /** The agent's first turn is about to begin; again after a handoff back to it. */
  onAgentStart?(context: RunContext<Context>, agent: Agent<Context, OutputType>): unknown;
  /** It gave the final output, as text. */
  onAgentEnd?(context: RunContext<Context>, agent: Agent<Context, OutputType>, output: string): unknown;
  onHandoff?(context: RunContext<Context>, from: Agent<Context, OutputType>, to: Agent<Context, OutputType>): unknown;
  onLlmStart?(context: RunContext<Context>, agent: Agent<Context, OutputType>): unknown;
  /** `output` is what the model answered. */
  onLlmEnd?(context: RunContext<Context>, agent: Agent<Context, OutputType>, output: Item[]): unknown;
  onToolStart?(
    context: RunContext<Context>,
    agent: Agent<Context, OutputType>,
    tool: FunctionTool<Context>,
    details: { toolCall: Item },
  ): unknown;
  /** `result` is what the tool returned. Not called for a tool that fails. */
  onToolEnd?(
    context: RunContext<Context>,
    agent: Agent<Context, OutputType>,
    tool: FunctionTool<Context>,
    result: unknown,
    details: { toolCall: Item },
  ): unknown;
}

export const HOOK_NAMES = [
  'onAgentStart',
  'onAgentEnd',
  'onHandoff',
  'onLlmStart',
  'onLlmEnd',
  'onToolStart',
  'onToolEnd',
] as const;
