import { WireError } from './errors.ts';

/** How much may be asked for in a minute. */
export interface RateLimit {
  requests?: number;
  tokens?: number;
}

type Unit = 'requests' | 'tokens';

/** What an answer says when nothing is limited. */
const GENEROUS = { requests: 30_000, tokens: 150_000_000 };
const MINUTE = 60_000;

/** Counts requests and their tokens against what a minute allows; what was used comes back evenly. */
export class RateLimiter {
  readonly #buckets: Bucket[];

  constructor(limit: RateLimit, now: () => number) {
    this.#buckets = (['requests', 'tokens'] as const).map(
      (unit) => new Bucket(unit, { limit: limit[unit] ?? GENEROUS[unit], enforced: limit[unit] !== undefined, now }),
    );
  }

  /** Takes one request of so many tokens, and says what is left. Throws the live API's 429 when it is too much. */
  take(tokens: number): Record<string, string> {
    const asked = { requests: 1, tokens };
    for (const bucket of this.#buckets) bucket.check(asked[bucket.unit]);
    for (const bucket of this.#buckets) bucket.take(asked[bucket.unit]);
    return this.headers;
  }

  get headers(): Record<string, string> {
    return Object.assign({}, ...this.#buckets.map(({ headers }) => headers));
  }
}

class Bucket {
  readonly unit: Unit;
  readonly #limit: number;
  readonly #enforced: boolean;
  readonly #now: () => number;
  #used = 0;
  #at: number;

  constructor(unit: Unit, { limit, enforced, now }: { limit: number; enforced: boolean; now: () => number }) {
    this.unit = unit;
    this.#limit = limit;
    this.#enforced = enforced;
    this.#now = now;
    this.#at = now();
  }

  check(amount: number): void {
    this.#refill();
    const excess = this.#used + amount - this.#limit;
    if (!this.#enforced || excess <= 0) return;
    const wait = Math.ceil((excess / this.#limit) * MINUTE);
    const message = `Rate limit reached for ${this.unit} per min: Limit ${this.#limit}, Used ${Math.ceil(this.#used)}, Requested ${amount}. Please try again in ${duration(wait)}.`;
    throw new WireError(
      429,
      { message, type: this.unit, code: 'rate_limit_exceeded' },
      { ...this.headers, 'retry-after-ms': String(wait), 'retry-after': String(Math.ceil(wait / 1000)) },
    );
  }

  take(amount: number): void {
    this.#used = this.#enforced ? this.#used + amount : amount;
  }

  get headers(): Record<string, string> {
    return {
      [`x-ratelimit-limit-${this.unit}`]: String(this.#limit),
      [`x-ratelimit-remaining-${this.unit}`]: String(Math.max(0, Math.floor(this.#limit - this.#used))),
      [`x-ratelimit-reset-${this.unit}`]: duration(Math.ceil((this.#used / this.#limit) * MINUTE)),
    };
  }

  #refill(): void {
    const now = this.#now();
    this.#used = Math.max(0, this.#used - ((now - this.#at) / MINUTE) * this.#limit);
    this.#at = now;
  }
}

/** As the live API writes it: "6ms", "1.2s", "6m0s". */
function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  if (milliseconds < MINUTE) return `${milliseconds / 1000}s`;
  return `${Math.floor(milliseconds / MINUTE)}m${Math.floor((milliseconds % MINUTE) / 1000)}s`;
}
