import { Agent, type RunOptions, type RunState, tool } from 'agents-wasm';

import type { World } from './traces.ts';

// What scenarios of approvals have in common: an agent with one tool that somebody must approve, and one call of it.

export const danger = tool({ name: 'danger', needsApproval: true, execute: ({ x }: { x: string }) => `did ${x}` });
export const agent = new Agent({ name: 'A', tools: [danger] });
export const DANGER = { name: 'danger', callId: 'c1', arguments: { x: '1' } };

/** The call and its output, as a scenario's log has them. */
export const CALL = 'function_call:danger({"x":"1"})#c1';
export const DID = 'function_call_output:did 1#c1';

/**
 * Runs until the call waits, and gives what is needed to go on. Such a state holds what the run added, not the history:
 * a resumed run reads that anew.
 */
export async function interrupted(world: World, by = agent, options: RunOptions = {}): Promise<RunState> {
  return (await world.run(by, 'do', options))!.state as RunState;
}

export function approveAll(state: RunState): void {
  for (const call of state.getInterruptions()) state.approve(call);
}
