import type { Decision, StateData } from '../../run-state-data.ts';
import { Refusal } from '../refusal.ts';

const LONGEST_MESSAGE = 2000;

/** The text of an interrupted run's state with what a client decided: `{approve: [callId], reject: [callId], message}`. */
export function decided(state: string, { approve = [], reject = [], message }: Record<string, unknown>): string {
  const data: StateData = JSON.parse(state);
  const decisions = [...decisionsOf(data, approve, true), ...decisionsOf(data, reject, false, message)];
  if (decisions.length === 0) throw refused('approve or reject must name a call that waits.');
  return JSON.stringify({ ...data, decisions: [...data.decisions, ...decisions] });
}

function decisionsOf({ interruptions }: StateData, ids: unknown, approved: boolean, message?: unknown): Decision[] {
  if (!Array.isArray(ids)) throw refused('approve and reject must be lists of call ids.');
  if (message !== undefined && (typeof message !== 'string' || message.length > LONGEST_MESSAGE)) {
    throw refused(`message must be a text of at most ${LONGEST_MESSAGE} characters.`);
  }
  const waiting = new Set(interruptions.map(({ rawItem }) => rawItem.call_id));
  return ids.map((callId) => {
    if (!waiting.has(callId)) throw refused('approve and reject may only name calls that wait.');
    return { callId, approved, ...(message !== undefined && { message }) };
  });
}

function refused(message: string): Refusal {
  return new Refusal(400, 'invalid_decision', message);
}
