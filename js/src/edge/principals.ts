import { kindOf } from '../check.ts';
import { UserError } from '../errors.ts';
import type { RateLimiter } from './options.ts';
import { Refusal } from './refusal.ts';

/** Who asks, as `authorize` said, or the answer that it has for them. */
export function nameOf(who: string | Response | null): string | Response {
  if (who instanceof Response) return who;
  if (who === null || who === '') throw new Refusal(401, 'unauthorized', 'Nobody is signed in.');
  if (typeof who === 'string') return who;
  throw new UserError('invalid_argument', `authorize must give a string, a Response or null, not ${kindOf(who)}.`);
}

/** Throws when the principal has to wait. */
export async function askRate(rate: RateLimiter, principal: string): Promise<void> {
  const ms = await rate(principal);
  if (ms === 0) return;
  // What is no number lets nobody in either.
  const wait = Number.isFinite(ms) ? Math.max(1, Math.ceil(ms)) : 1000;
  const headers = { 'retry-after-ms': String(wait), 'retry-after': String(Math.ceil(wait / 1000)) };
  throw new Refusal(429, 'rate_limit_exceeded', 'Too many requests. Try again later.', { headers });
}
