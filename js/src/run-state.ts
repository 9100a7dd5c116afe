import { Agent } from './agent.ts';
import { checkOptions, checkText, refuse } from './check.ts';
import { UserError } from './errors.ts';
import { type Item, itemsText, type RunInput, type RunToolApprovalItem } from './items.ts';
import type { OutputType } from './output-type.ts';
import { type AnyAgent, graphOf } from './run-graph.ts';
import type { Decision, StateData } from './run-state-data.ts';
import type { Usage } from './usage.ts';

/**
 * What a run has come to, so that it can go on later, in another tab or after a reload: what it added, what was decided
 * on the calls that wait for an approval, and which conversation it belongs to; neither the history nor the
 * run's `context`.
 *
 * @example
 * const { state, interruptions } = await run(agent, 'Delete the file', { session });
 * for (const call of interruptions) state.approve(call);
 * const result = await run(agent, state, { session });
 */
export class RunState<Context = unknown> {
  readonly #agents: readonly AnyAgent[];
  readonly #data: StateData;
  #isUsed = false;

  /** @internal */
  constructor(agents: readonly AnyAgent[], data: StateData) {
    this.#agents = agents;
    this.#data = data;
  }

  /**
   * Reads what `toString` wrote. Fails with a UserError (`invalid_run_state`) where the text has anything that this
   * version does not know.
   *
   * @param agent with which the run began.
   */
  static async fromString<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    text: string,
  ): Promise<RunState<Context>> {
    if (!(agent instanceof Agent)) refuse('agent', agent, 'an Agent');
    checkText('The text of the run state', text);
    const agents = graphOf(agent).map((parts) => parts.agent);
    const { parseState } = await import('./run-state-data.ts');
    const data = parseState(text);
    if (agents.some(({ name }) => name === data.agent)) return new RunState(agents, data);
    throw new UserError('invalid_run_state', 'The run state names an agent that is none of the given ones.');
  }

  get runId(): string {
    return this.#data.runId;
  }

  /** None for a run without a session. */
  get conversationId(): string | undefined {
    return this.#data.conversationId || undefined;
  }

  /** What the session was. */
  get sessionType(): string | undefined {
    return this.#data.sessionType || undefined;
  }

  get usage(): Usage {
    return { ...this.#data.usage };
  }

  /** The agent that speaks when the run goes on. */
  get currentAgent(): Agent<Context, OutputType> {
    return this.#agentNamed(this.#data.agent) as Agent<Context, OutputType>;
  }

  /** @internal */
  get currentAgentName(): string {
    return this.#data.agent;
  }

  /** What `addInput` added. */
  get pendingInput(): Item[] {
    return structuredClone(this.#data.addedInput);
  }

  /** The calls that wait until they are approved or rejected. Those that are not wait again when the run goes on. */
  getInterruptions(): RunToolApprovalItem[] {
    return approvalItems(this.#data.interruptions, (name) => this.#agentNamed(name));
  }

  /** With `always`, all further calls of the tool in this run too. `alwaysApprove` is the SDK's name for it. */
  approve(item: RunToolApprovalItem, options: { always?: boolean; alwaysApprove?: boolean } = {}): void {
    const { always = options.alwaysApprove } = options;
    this.#decide(item, always, { approved: true });
  }

  /** The model reads the message; a default one without it. `alwaysReject` is the SDK's name for `always`. */
  reject(
    item: RunToolApprovalItem,
    options: { always?: boolean; alwaysReject?: boolean; message?: string } = {},
  ): void {
    const { always = options.alwaysReject, message } = options;
    if (message !== undefined) checkText('message', message);
    this.#decide(item, always, { approved: false, ...(message === undefined ? {} : { message }) });
  }

  /** What the user said meanwhile. The model reads it behind the outputs of the calls. */
  addInput(input: RunInput): void {
    this.#checkGoesOn();
    const items: Item[] = JSON.parse(`[${itemsText(input, 'input')}]`).flat();
    const said = items.map((item) => (typeof item === 'string' ? { role: 'user', content: item } : item));
    this.#data.addedInput.push(...said);
  }

  toJSON(): object {
    return { $schemaVersion: 'agents-wasm/1', ...this.#data };
  }

  toString(): string {
    return JSON.stringify(this);
  }

  /**
   * What a run needs to go on. A session with a journal knows which runs have gone on; without one this object has to.
   * @internal
   */
  take(hasJournal: boolean): StateData {
    this.#checkGoesOn();
    if (!hasJournal && this.#isUsed) throw new UserError('user_error', 'This run state has been resumed before.');
    this.#isUsed = true;
    return this.#data;
  }

  #checkGoesOn(): void {
    if (this.#data.interruptions.length > 0) return;
    throw new UserError('user_error', 'The run of this state is complete; begin a new one.');
  }

  #agentNamed(name: string): AnyAgent | undefined {
    return this.#agents.find((agent) => agent.name === name);
  }

  #decide(item: RunToolApprovalItem, always: boolean | undefined, decision: Omit<Decision, 'callId' | 'tool'>): void {
    checkOptions('The interruption', item);
    const callId = item.rawItem?.call_id;
    const found = this.#data.interruptions.find(({ rawItem }) => rawItem.call_id === callId);
    if (!found) throw new UserError('user_error', 'The run state has no such interruption.');
    const { decisions } = this.#data;
    const key = always ? { tool: String(found.rawItem.name) } : { callId: String(callId) };
    const kept = decisions.filter((one) => one.callId !== callId && (key.tool === undefined || one.tool !== key.tool));
    decisions.splice(0, decisions.length, ...kept, { ...key, ...decision });
  }
}

export function approvalItems(
  interruptions: StateData['interruptions'],
  agentNamed: (name: string) => AnyAgent | undefined,
): RunToolApprovalItem[] {
  return interruptions.map(({ agent, rawItem }) => ({
    type: 'tool_approval_item',
    name: rawItem.name,
    arguments: rawItem.arguments,
    rawItem,
    agent: agentNamed(agent) ?? { name: agent },
  }));
}
