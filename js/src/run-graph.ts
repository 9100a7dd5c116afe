import { Agent } from './agent.ts';
import { kindOf } from './check.ts';
import { UserError } from './errors.ts';
import type { Handoff } from './handoff.ts';
import type { HostedTool } from './hosted-tools.ts';
import type { OutputType } from './output-type.ts';
import { plainHandoff } from './plain-handoff.ts';
import type { FunctionTool } from './tool.ts';

/** An agent of any output. */
// biome-ignore lint/suspicious/noExplicitAny: a run knows no type of its context
export type AnyAgent = Agent<any, OutputType>;

/** What an agent has in this run, without what is switched off for good. The core names it all by position. */
export interface AgentParts {
  agent: AnyAgent;
  tools: FunctionTool[];
  hosted: HostedTool[];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  handoffs: Handoff<any>[];
}

/** The agents that handoffs lead to from the first one, each once. */
export function graphOf(first: AnyAgent): AgentParts[] {
  const graph: AgentParts[] = [];
  const agents = new Map<string, AnyAgent>([[first.name, first]]);
  // Grows while it is walked.
  for (const agent of agents.values()) {
    const parts = partsOf(agent);
    graph.push(parts);
    for (const { agent: next } of parts.handoffs) {
      if (!agents.has(next.name)) agents.set(next.name, next);
      if (agents.get(next.name) === next) continue;
      throw new UserError('user_error', `Handoffs lead to two agents named '${next.name}'.`);
    }
  }
  return graph;
}

function partsOf(agent: AnyAgent): AgentParts {
  const isThere = ({ isEnabled }: { isEnabled?: unknown }) => isEnabled !== false;
  const functions = agent.tools.filter((tool) => tool.type !== 'hosted_tool');
  const parts = {
    agent,
    tools: functions.filter(isThere),
    hosted: agent.tools.filter((tool) => tool.type === 'hosted_tool'),
    handoffs: agent.handoffs.map((one, index) => handoffFrom(agent, one, index)).filter(isThere),
  };
  checkNames(agent.name, parts);
  return parts;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function handoffFrom(from: AnyAgent, one: unknown, index: number): Handoff<any> {
  if (one instanceof Agent) return plainHandoff(one);
  // biome-ignore lint/suspicious/noExplicitAny: as above
  if ((one as Handoff | undefined)?.agent instanceof Agent) return one as Handoff<any>;
  throw new UserError(
    'invalid_argument',
    `handoffs[${index}] of the agent '${from.name}' must be an Agent or come from handoff(), but is ${kindOf(one)}.`,
  );
}

function checkNames(agent: string, { tools, handoffs }: AgentParts): void {
  const names = new Set(tools.map(({ name }) => name));
  for (const { toolName } of handoffs) {
    if (names.has(toolName)) {
      throw new UserError('user_error', `The agent '${agent}' has two tools or handoffs named '${toolName}'.`);
    }
    names.add(toolName);
  }
}

export function toolNamed(tools: readonly FunctionTool[], name: string): FunctionTool {
  return tools.find((tool) => tool.name === name) as FunctionTool;
}
