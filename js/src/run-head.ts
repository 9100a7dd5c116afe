import type { ModelSettings } from './agent.ts';
import { modelOf } from './models/agent-model.ts';
import { splitSettings } from './models/call-policy.ts';
import type { OpenAISettings } from './openai.ts';
import type { AgentParts } from './run-graph.ts';
import { hooksOf, type RunParts } from './run-parts.ts';
import type { FunctionTool } from './tool.ts';

/** What the core is told of a run's agents, and of the caller's functions that it is to ask between their turns. */
export function headOfAgents(run: RunParts, api: OpenAISettings): object {
  const { settings, graph } = run;
  return {
    agents: graph.map((parts) => headOfAgent(parts, run, api)),
    asks: asksOf(run),
    unknownTool: settings.toolNotFoundBehavior === 'return_error_to_model' ? 'answer' : 'fail',
    maxParallelTools: settings.toolExecution?.maxFunctionToolConcurrency,
    reasoningIds: settings.reasoningItemIdPolicy === 'omit' ? 'omit' : 'keep',
  };
}

function headOfAgent(parts: AgentParts, { graph, settings }: RunParts, api: OpenAISettings): object {
  const { agent, tools, hosted, handoffs } = parts;
  const { instructions, outputFormat, toolUseBehavior } = agent;
  const whole = settingsOf(agent.modelSettings, settings.modelSettings, outputFormat?.format);
  const { settings: asked, ...policy } = splitSettings(whole, api);
  const model = modelOf(agent, settings.model, api);
  return {
    name: agent.name,
    model: typeof model === 'string' ? model : '',
    ownModel: typeof model !== 'string',
    ...policy,
    settings: asked,
    settingsAfterTools: agent.resetToolChoice && 'tool_choice' in asked ? withoutToolChoice(asked) : undefined,
    instructions: typeof instructions === 'string' ? instructions : '',
    tools: tools.map(headOfTool),
    hosted: hosted.map(({ providerData }) => providerData),
    handoffs: handoffs.map(({ agent: next, onHandoff, inputFilter = settings.handoffInputFilter, ...one }) => ({
      definition: definitionOf(one.toolName, one.toolDescription, one.inputJsonSchema, true),
      agent: graph.findIndex((other) => other.agent === next),
      called: onHandoff !== undefined,
      filtered: inputFilter !== undefined,
    })),
    dynamic: typeof instructions === 'function' || [...tools, ...handoffs].some(isAsked),
    toolUse:
      typeof toolUseBehavior === 'string' ? toolUseBehavior : typeof toolUseBehavior === 'function' ? 'ask' : 'stop_at',
    stopAt: typeof toolUseBehavior === 'object' ? toolUseBehavior.stopAtToolNames : undefined,
    checksOutput: outputFormat !== undefined,
    outputGuardrails: agent.outputGuardrails.length + (settings.outputGuardrails?.length ?? 0) > 0,
  };
}

function isAsked({ isEnabled }: { isEnabled?: unknown }): boolean {
  return typeof isEnabled === 'function';
}

function headOfTool({ name, description, parameters, strict, idempotent, needsApproval }: FunctionTool): object {
  return {
    definition: definitionOf(name, description, parameters, strict),
    idempotent: idempotent === true,
    approval: typeof needsApproval === 'function' ? 'ask' : needsApproval ? 'always' : 'never',
  };
}

function definitionOf(name: string, description: string, parameters: object, strict: boolean): object {
  return { type: 'function', name, description, parameters, strict };
}

function settingsOf(own: ModelSettings, ofRun: ModelSettings | undefined, format: object | undefined): ModelSettings {
  const settings = ofRun ? { ...own, ...ofRun } : own;
  return format ? { ...settings, text: { ...(settings.text as object | undefined), format } } : settings;
}

function withoutToolChoice({ tool_choice: _, ...others }: ModelSettings): ModelSettings {
  return others;
}

const HOOKS = { agentStart: 'onAgentStart', agentEnd: 'onAgentEnd', handoff: 'onHandoff' } as const;
const MODEL_HOOKS = { llmStart: 'onLlmStart', llmEnd: 'onLlmEnd' } as const;

/** The core's names of the hooks that it calls. */
export const CORE_HOOKS = { ...HOOKS, ...MODEL_HOOKS };

/** Functions that nobody has are not asked for: a plain run crosses no border for them. */
function asksOf(run: RunParts): string[] {
  const { settings, graph, first } = run;
  const guardrails = [...first.inputGuardrails, ...(settings.inputGuardrails ?? [])];
  const asks: [string, boolean][] = [
    ['modelInput', settings.callModelInputFilter !== undefined],
    ['inputGuardrails', guardrails.some(({ runInParallel }) => runInParallel === false)],
    ['inputGuardrailsBeside', guardrails.some(({ runInParallel }) => runInParallel !== false)],
    ['toolError', settings.toolErrorFormatter !== undefined],
    ['failure', Object.values(run.errorHandlers).some((one) => one !== undefined)],
  ];
  for (const [hook, name] of Object.entries(CORE_HOOKS)) {
    asks.push([`hook:${hook}`, graph.some(({ agent }) => hooksOf(run, agent).some((hooks) => hooks[name]))]);
  }
  return asks.filter(([, isThere]) => isThere).map(([name]) => name);
}
