/** Tokens as the API counted them. Servers that count nothing leave zeros. */
export interface Usage {
  /** How many answers of the model. */
  requests: number;
  inputTokens: number;
  /** Part of `inputTokens`. */
  cachedTokens: number;
  outputTokens: number;
  /** Part of `outputTokens`. */
  reasoningTokens: number;
  totalTokens: number;
}

export function addUsage(sum: Usage, more: Usage): Usage {
  const entries = Object.entries(sum) as [keyof Usage, number][];
  return Object.fromEntries(entries.map(([name, count]) => [name, count + more[name]])) as unknown as Usage;
}
