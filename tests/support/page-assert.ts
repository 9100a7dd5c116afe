/** The part of `node:assert/strict` that suites need outside of Node. */
const assert = {
  equal(actual: unknown, expected: unknown, message?: string): void {
    if (!Object.is(actual, expected)) fail(actual, expected, message);
  },
  deepEqual(actual: unknown, expected: unknown, message?: string): void {
    if (!isSame(actual, expected)) fail(actual, expected, message);
  },
  match(actual: string, pattern: RegExp, message?: string): void {
    if (!pattern.test(actual)) fail(actual, pattern, message);
  },
  ok(value: unknown, message?: string): void {
    if (!value) fail(value, true, message);
  },
  /** `expected` has members of the error; a pattern stands for the texts that match it. */
  async rejects(promise: Promise<unknown>, expected: object, message?: string): Promise<void> {
    const error = await promise.then(
      () => fail('no failure', expected, message),
      (thrown) => thrown,
    );
    for (const [key, value] of Object.entries(expected)) {
      if (value instanceof RegExp) assert.match(at(error, key) as string, value, message);
      else assert.deepEqual(at(error, key), value, message);
    }
  },
};
export default assert;

function isSame(actual: unknown, expected: unknown): boolean {
  if (Object.is(actual, expected)) return true;
  if (typeof actual !== 'object' || typeof expected !== 'object' || !actual || !expected) return false;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  const keys = Object.keys(actual);
  if (keys.length !== Object.keys(expected).length) return false;
  return keys.every((key) => key in expected && isSame(at(actual, key), at(expected, key)));
}

function at(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}

function fail(actual: unknown, expected: unknown, message = 'not as expected'): never {
  throw new Error(`${message}\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
}

function show(value: unknown): string {
  const text = value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
