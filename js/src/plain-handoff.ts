import type { Agent } from './agent.ts';
import type { Handoff } from './handoff.ts';
import type { OutputType } from './output-type.ts';

/** The handoff to an agent that has no settings of its own. */
export function plainHandoff<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
): Handoff<Context, Output> {
  return {
    type: 'handoff',
    agent,
    agentName: agent.name,
    toolName: `transfer_to_${agent.name.replace(/[^A-Za-z0-9_]/g, '_').toLowerCase()}`,
    toolDescription: `Handoff to the ${agent.name} agent to handle the request. ${agent.handoffDescription}`.trim(),
    inputJsonSchema: { type: 'object', properties: {}, required: [], additionalProperties: false },
    isEnabled: true,
  };
}
