/** A contender in a row: prepared anew before each measurement, which is not timed. */
export interface Contender {
  prepare?(): Promise<void> | void;
  work(): Promise<unknown> | unknown;
}

/**
 * The median milliseconds of each contender. They take turns, so that what else the machine does falls on all of them.
 * The first turns warm up and do not count.
 */
export async function interleaved<Name extends string>(
  contenders: Record<Name, Contender>,
  { turns, warmUp }: { turns: number; warmUp: number },
): Promise<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let turn = -warmUp; turn < turns; turn++) {
    for (const name of names) {
      const contender = contenders[name];
      await contender.prepare?.();
      const start = performance.now();
      await contender.work();
      const elapsed = performance.now() - start;
      if (turn >= 0) times[name].push(elapsed);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
