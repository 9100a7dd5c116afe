import { AgentsError } from '../../errors.ts';
import type { Report } from '../hooks.ts';
import { Refusal } from '../refusal.ts';

const STATUSES: Record<string, number> = {
  invalid_argument: 400,
  not_found: 404,
  conversation_busy: 409,
  run_superseded: 409,
  conflict: 409,
  too_large: 413,
  quota: 507,
};

/** The answer to a request that failed here: what the client did wrong, by name; for the rest the owner is told. */
export function refusalFor(error: unknown, report: Report): Refusal {
  if (error instanceof Refusal) return error;
  const status = error instanceof AgentsError ? STATUSES[error.code] : undefined;
  if (status !== undefined) return new Refusal(status, (error as AgentsError).code, (error as AgentsError).message);
  report(error);
  return new Refusal(500, 'internal', 'The request failed.');
}
