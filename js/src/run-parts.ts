import type { InputGuardrailResult, OutputGuardrailResult } from './guardrail.ts';
import type { Hooks } from './hooks.ts';
import type { RunErrorHandlers } from './run-callback-types.ts';
import type { RunContext } from './run-context.ts';
import type { AgentParts, AnyAgent } from './run-graph.ts';
import type { RunSettings } from './run-options.ts';
import type { ToolGuardrailResult } from './tool-guardrail.ts';
import type { RunTracing } from './tracing/run-tracing.ts';

/** What the caller's functions came to that belongs to the run's result. */
export interface Found {
  /** The final output, where it is no text. */
  output?: { value: unknown };
  inputGuardrailResults: InputGuardrailResult[];
  outputGuardrailResults: OutputGuardrailResult[];
  toolGuardrailResults: ToolGuardrailResult[];
}

/** The JavaScript side of one run. */
export interface RunParts {
  first: AnyAgent;
  graph: AgentParts[];
  settings: RunSettings;
  errorHandlers: RunErrorHandlers;
  /** The run's, before those of the agents. */
  hooks: Hooks[];
  context: RunContext;
  found: Found;
  /** Where somebody hears of the run. */
  tracing?: RunTracing;
}

export function hooksOf({ hooks }: RunParts, agent: AnyAgent): Hooks[] {
  return [...hooks, agent.hooks];
}
