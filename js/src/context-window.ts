/**
 * How many tokens models take, their answer among them, by the beginnings of their names; the longest that fits counts.
 * From OpenAI's documentation, August 2026.
 */
const WINDOWS: Record<string, number> = {
  'gpt-5.6': 1_050_000,
  'gpt-5.6-cyber': 400_000,
  'gpt-5.5': 1_050_000,
  'gpt-5.4': 1_050_000,
  'gpt-5.4-mini': 400_000,
  'gpt-5.4-nano': 400_000,
  'gpt-5': 400_000,
  'gpt-4.1': 1_047_576,
  'gpt-4o': 128_000,
  'gpt-4-turbo': 128_000,
  'gpt-4': 8192,
  'gpt-3.5-turbo': 16_385,
  o1: 200_000,
  o3: 200_000,
  'o4-mini': 200_000,
};

/** What nearly every model of today takes. */
const USUAL = 128_000;

export function contextWindowOf(model: string): number {
  const names = Object.keys(WINDOWS).filter(
    (name) => model === name || model.startsWith(`${name}-`) || model.startsWith(`${name}.`),
  );
  const best = names.sort((one, other) => other.length - one.length)[0];
  return best === undefined ? USUAL : (WINDOWS[best] as number);
}
