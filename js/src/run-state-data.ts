import { UserError } from './errors.ts';
import type { Item } from './items.ts';
import type { ModelResponse } from './run-result.ts';
import type { Usage } from './usage.ts';

/** On one call, or on all of a tool. */
export interface Decision {
  callId?: string;
  tool?: string;
  approved: boolean;
  message?: string;
}

/** What a RunState holds, and what its JSON has beside its version. */
export interface StateData {
  runId: string;
  /** Empty without a session. */
  conversationId: string;
  sessionType: string;
  /** Of the conversation as the run left it; empty where nothing counts versions. */
  historyVersion: string;
  /** The name of the one that speaks. */
  agent: string;
  turn: number;
  /** What the run has got, its input at turn 0; none of a run that is complete. */
  batches: { agent: string; turn: number; items: Item[] }[];
  /** Calls that wait. */
  interruptions: { agent: string; rawItem: Item }[];
  decisions: Decision[];
  addedInput: Item[];
  usage: Usage;
  responses: ModelResponse[];
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCall: Check = (value) => isObject(value) && isText((value as Item).call_id) && isText((value as Item).name);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** An object with these members and no others; those whose names end in `?` may be missing. */
function shape(members: Record<string, Check>): Check {
  const checks = new Map(Object.entries(members).map(([name, check]) => [name.replace('?', ''), check]));
  const needed = Object.keys(members).filter((name) => !name.endsWith('?'));
  return (value) =>
    isObject(value) &&
    needed.every((name) => Object.hasOwn(value as object, name)) &&
    Object.entries(value as object).every(([name, inner]) => checks.get(name)?.(inner) === true);
}

const isUsage = shape({
  requests: isCount,
  inputTokens: isCount,
  cachedTokens: isCount,
  outputTokens: isCount,
  reasoningTokens: isCount,
  totalTokens: isCount,
});
const isState = shape({
  $schemaVersion: isText,
  runId: isText,
  conversationId: isText,
  sessionType: isText,
  historyVersion: isText,
  agent: isText,
  turn: isCount,
  batches: listOf(shape({ agent: isText, turn: isCount, items: listOf(isObject) })),
  interruptions: listOf(shape({ agent: isText, rawItem: isCall })),
  decisions: listOf(
    shape({ 'callId?': isText, 'tool?': isText, approved: (value) => typeof value === 'boolean', 'message?': isText }),
  ),
  addedInput: listOf(isObject),
  usage: isUsage,
  responses: listOf(shape({ responseId: isText, requestId: isText, agent: isText, usage: isUsage })),
});

/** Takes nothing that it does not know, and tells nothing of what the text holds. */
export function parseState(text: string): StateData {
  let state: StateData & { $schemaVersion: unknown };
  try {
    state = JSON.parse(text);
  } catch {
    throw invalid('is not JSON');
  }
  if (!isObject(state)) throw invalid('is not an object');
  const { $schemaVersion, ...data } = state;
  if ($schemaVersion !== 'agents-wasm/1') throw invalid('is of a version that this one does not know');
  if (!isState(state)) throw invalid('has a member that is missing, unknown or of the wrong kind');
  if (isTooDeep(state)) throw invalid('is nested too deeply');
  return data;
}

/** It could be read, but never be written again. */
function isTooDeep(state: object): boolean {
  try {
    JSON.stringify(state);
    return false;
  } catch {
    return true;
  }
}

function invalid(flaw: string): UserError {
  return new UserError('invalid_run_state', `The text of the run state ${flaw}.`);
}
