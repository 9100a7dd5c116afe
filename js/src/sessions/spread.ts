/** How a set of figures lies. All are 0 without any. */
export interface Spread {
  /** How many there are. */
  count: number;
  mean: number;
  median: number;
  longest: number;
}

export function spreadOf(figures: readonly number[]): Spread {
  if (figures.length === 0) return { count: 0, mean: 0, median: 0, longest: 0 };
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number) => sorted[index] as number;
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, figure) => sum + figure, 0) / sorted.length,
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    longest: at(sorted.length - 1),
  };
}
