import type { Agent } from './agent.ts';
import type { Settled } from './core.ts';
import { type AgentsError, RunAbortedError } from './errors.ts';
import type { InputGuardrailResult, OutputGuardrailResult } from './guardrail.ts';
import { type Item, parseJson, type RunItem, type RunToolApprovalItem } from './items.ts';
import type { FinalOutput, OutputType } from './output-type.ts';
import type { AnyAgent } from './run-graph.ts';
import type { RunParts } from './run-parts.ts';
import { approvalItems, RunState } from './run-state.ts';
import type { StateData } from './run-state-data.ts';
import type { CompactionOutcome } from './sessions/compaction.ts';
import type { ToolGuardrailResult } from './tool-guardrail.ts';
import { addUsage, type Usage } from './usage.ts';

/** One answer of the model. */
export interface ModelResponse {
  /** The API's id of it. */
  responseId: string;
  /** The server's `x-request-id`. */
  requestId: string;
  /** The name of the agent that asked. */
  agent: string;
  usage: Usage;
}

/** What a run came to. */
export interface RunResult<Context = unknown, Output extends OutputType = 'text'> {
  /**
   * The text of the model's last message, empty if it said nothing; for an agent with an `outputType` the value. There is
   * none while `interruptions` wait.
   */
  readonly finalOutput: FinalOutput<Output>;
  /** What the run added behind its input, in order. */
  readonly newItems: RunItem[];
  /** The same as items of the wire. */
  readonly output: Item[];
  /** The agent that spoke last. */
  readonly lastAgent: Agent<Context, Output>;
  /** The calls that wait until `state` approves or rejects them. */
  readonly interruptions: RunToolApprovalItem[];
  /** What is needed to go on with an interrupted run. */
  readonly state: RunState<Context>;
  toState(): RunState<Context>;
  /** The API's id of the last response. */
  readonly lastResponseId: string | undefined;
  readonly rawResponses: ModelResponse[];
  /** With what the runs inside its tools used, of which it was the `parent`. */
  readonly usage: Usage;
  readonly inputGuardrailResults: InputGuardrailResult[];
  readonly outputGuardrailResults: OutputGuardrailResult[];
  readonly toolInputGuardrailResults: ToolGuardrailResult[];
  readonly toolOutputGuardrailResults: ToolGuardrailResult[];
  readonly runId: string;
  /** The conversation that the run read and wrote; none without a session. */
  readonly conversationId: string | undefined;
  readonly trace: { readonly metadata: Record<string, unknown> };
  /** What becomes of the compaction behind the run, where the session compacts. It never rejects. */
  readonly compaction: Promise<CompactionOutcome> | undefined;
}

interface Outcome {
  result: {
    runId: string;
    conversationId: string;
    finalOutput: string;
    /** By name. */
    lastAgent: string;
    usage: Usage;
    responses: { id: string; requestId: string; agent: string; usage: Usage }[];
    interruptions: StateData['interruptions'];
    /** Of an interrupted run. */
    state?: { turn: number; version: string; batches: StateData['batches']; addedInput: Item[] };
    trace: { metadata: Record<string, unknown> };
  };
  newItems: { type: RunItem['type']; agent: string; rawItem: Item }[];
  events: object[];
}

/** How a run ended, and the events that nobody had read by then. */
export type RunOutcome<Context, Output extends OutputType> = { events: object[] } & (
  | { error?: undefined; result: RunResult<Context, Output> }
  | { error: AgentsError }
);

export function resultOf<Context, Output extends OutputType>(
  outcome: RunOutcome<Context, Output>,
): RunResult<Context, Output> {
  if (outcome.error) throw outcome.error;
  return outcome.result;
}

/** What the core does not know of a run. */
export interface RunSurroundings {
  run: RunParts;
  signal: AbortSignal | undefined;
  sessionType: string | undefined;
  /** The usage of runs inside it. */
  nested: Usage[];
  /** Of a run that had been interrupted. */
  before: StateData | undefined;
}

export function readOutcome<Context, Output extends OutputType>(
  { body, error }: Settled,
  around: RunSurroundings,
): RunOutcome<Context, Output> {
  if (error) return { error: withReason(error, around.signal), events: body.length === 0 ? [] : parseJson(body) };
  const outcome = parseJson<Outcome>(body);
  return { result: new Result(outcome, around) as unknown as RunResult<Context, Output>, events: outcome.events };
}

class Result implements RunResult<unknown, OutputType> {
  readonly finalOutput: unknown;
  readonly newItems: RunItem[];
  readonly lastAgent: Agent<unknown, OutputType>;
  readonly interruptions: RunToolApprovalItem[];
  readonly lastResponseId: string | undefined;
  readonly rawResponses: ModelResponse[];
  readonly usage: Usage;
  readonly inputGuardrailResults: InputGuardrailResult[];
  readonly outputGuardrailResults: OutputGuardrailResult[];
  readonly toolInputGuardrailResults: ToolGuardrailResult[];
  readonly toolOutputGuardrailResults: ToolGuardrailResult[];
  readonly runId: string;
  readonly conversationId: string | undefined;
  readonly trace: { readonly metadata: Record<string, unknown> };
  readonly compaction: Promise<CompactionOutcome> | undefined = undefined;
  readonly #outcome: Outcome;
  readonly #around: RunSurroundings;
  #state: RunState | undefined;

  constructor(outcome: Outcome, around: RunSurroundings) {
    const { result, newItems } = outcome;
    const { found } = around.run;
    const agentNamed = (name: string) => agentOf(around.run, name);
    this.lastAgent = agentNamed(result.lastAgent) as AnyAgent;
    this.interruptions = approvalItems(result.interruptions, agentNamed);
    const isText = this.lastAgent.outputType === 'text';
    this.finalOutput = found.output ? found.output.value : isText ? result.finalOutput : undefined;
    this.newItems = newItems.map((item) => ({ ...item, agent: agentNamed(item.agent) ?? { name: item.agent } }));
    const responses = result.responses.map(({ id, ...more }) => ({ responseId: id, ...more }));
    this.rawResponses = [...(around.before?.responses ?? []), ...responses];
    this.lastResponseId = this.rawResponses.at(-1)?.responseId || undefined;
    const before = around.before ? [around.before.usage] : [];
    this.usage = [...before, ...around.nested].reduce(addUsage, result.usage);
    this.inputGuardrailResults = found.inputGuardrailResults;
    this.outputGuardrailResults = found.outputGuardrailResults;
    const ofTools = (type: string) => found.toolGuardrailResults.filter(({ guardrail }) => guardrail.type === type);
    this.toolInputGuardrailResults = ofTools('tool_input');
    this.toolOutputGuardrailResults = ofTools('tool_output');
    this.runId = result.runId;
    this.conversationId = result.conversationId || undefined;
    this.trace = result.trace;
    this.#outcome = outcome;
    this.#around = around;
  }

  get output(): Item[] {
    return this.newItems.map(({ rawItem }) => rawItem);
  }

  get state(): RunState {
    return this.toState();
  }

  toState(): RunState {
    this.#state ??= new RunState(
      this.#around.run.graph.map(({ agent }) => agent),
      this.#stateData(),
    );
    return this.#state;
  }

  #stateData(): StateData {
    const { runId, conversationId, interruptions, state } = this.#outcome.result;
    const { sessionType = '', before } = this.#around;
    return {
      runId,
      conversationId,
      sessionType,
      historyVersion: state?.version ?? '',
      agent: this.lastAgent.name,
      turn: state?.turn ?? 0,
      batches: state?.batches ?? [],
      interruptions,
      // What was decided on a call is done; what was decided on a tool holds on.
      decisions: (before?.decisions ?? []).filter(({ tool }) => tool !== undefined),
      addedInput: state?.addedInput ?? [],
      usage: this.usage,
      responses: this.rawResponses,
    };
  }
}

/** The run's agent of that name. */
export function agentOf(run: RunParts, name: string): AnyAgent | undefined {
  return run.graph.find(({ agent }) => agent.name === name)?.agent;
}

function withReason(error: AgentsError, signal: AbortSignal | undefined): AgentsError {
  if (!(error instanceof RunAbortedError) || !signal?.aborted) return error;
  return new RunAbortedError('aborted', error.message, { cause: signal.reason });
}
