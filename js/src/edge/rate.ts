import type { RateLimiter } from './options.ts';

interface Bucket {
  tokens: number;
  at: number;
}

const SWEPT_FROM = 1000;

/** Lets everybody have `requests` at once, and as many again in each `perMs`, evenly. It counts in this process only. */
export function tokenBuckets({ requests, perMs }: { requests: number; perMs: number }): RateLimiter {
  const buckets = new Map<string, Bucket>();
  let sweepAt = SWEPT_FROM;
  const msEach = perMs / requests;
  const filled = ({ tokens, at }: Bucket, now: number) => Math.min(requests, tokens + Math.max(0, now - at) / msEach);

  /** A full bucket is like none: without this, all who ever came would be kept. */
  function sweep(now: number): void {
    for (const [principal, bucket] of buckets) if (filled(bucket, now) === requests) buckets.delete(principal);
    sweepAt = Math.max(SWEPT_FROM, buckets.size * 2);
  }

  return (principal) => {
    const now = Date.now();
    const bucket = buckets.get(principal);
    const tokens = bucket ? filled(bucket, now) : requests;
    if (!bucket && buckets.size >= sweepAt) sweep(now);
    buckets.set(principal, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens < 1 ? Math.ceil((1 - tokens) * msEach) : 0;
  };
}
