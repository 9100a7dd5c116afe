export const FAILED = 'An error occurred while running the tool. Please try again. Error: ';

const refuses = (): never => {
  throw new Error('refused');
};
const everyTrap = { get: refuses, has: refuses, ownKeys: refuses, getPrototypeOf: refuses };
const cycle: unknown[] = [];
cycle.push({ cycle });

export const hostileProxy = (): object => new Proxy({}, everyTrap);
export const revokedProxy = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const nested = (levels: number) => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
};

export const thenable = (then: unknown): object => Object.fromEntries([['then', then]]);

/** Things that are thrown, and what is said of them. */
export const hostileThrows: [() => unknown, string][] = [
  [() => undefined, 'undefined was thrown'],
  [() => null, 'null was thrown'],
  [() => 'a text', 'a text'],
  [() => 0, 'a number was thrown'],
  [() => 1n, 'a bigint was thrown'],
  [() => Symbol('s'), 'a symbol was thrown'],
  [() => refuses, 'a function was thrown'],
  [() => ({ toString: refuses, valueOf: refuses, [Symbol.toPrimitive]: refuses }), 'an object was thrown'],
  [() => Object.defineProperty({}, 'message', { get: refuses }), 'object was thrown'],
  [() => Object.freeze(new Error('frozen')), 'frozen'],
  [() => Object.assign(new Error('x'), { message: 5 }), 'an object of class Error was thrown'],
  [() => Object.create(null), 'an object was thrown'],
  [() => revokedProxy(), "Cannot perform 'getPrototypeOf' on a proxy that has been revoked"],
  [() => new Error('half \ud800'), 'half \ufffd'],
  [() => Object.assign(new Error('coded'), { code: 'aborted', name: 'AbortError' }), 'coded'],
  // Asking what it is throws already.
  [() => hostileProxy(), 'refused'],
];

/** Things that a tool returns, and what the model reads. */
export const hostileValues: [() => unknown, string | RegExp][] = [
  [() => cycle, /cannot be written as JSON\.$/],
  [() => 1n, /returned a bigint, which cannot be written as JSON\.$/],
  [() => ({ deep: [1n] }), /cannot be written as JSON\.$/],
  [() => refuses, /returned a function, which cannot be written as JSON\.$/],
  [() => Symbol('s'), /returned a symbol, which cannot be written as JSON\.$/],
  [() => hostileProxy(), /^An error occurred while running the tool/],
  [() => revokedProxy(), /^An error occurred while running the tool/],
  [() => ({ toJSON: refuses }), /cannot be written as JSON\.$/],
  [() => ({ toJSON: () => undefined }), /cannot be written as JSON\.$/],
  [() => ({ toJSON: () => 'other' }), '"other"'],
  [() => Object.defineProperty({}, 'a', { get: refuses, enumerable: true }), /cannot be written as JSON\.$/],
  [() => nested(100_000), /cannot be written as JSON\.$/],
  [() => nested(2000), `${'['.repeat(2000)}1${']'.repeat(2000)}`],
  [() => thenable(5), '{"then":5}'],
  [() => thenable(refuses), `${FAILED}refused`],
  [() => 'half \ud800', 'half \ufffd'],
  [() => ({ half: '\ud800' }), '{"half":"\\ud800"}'],
  [() => [undefined, refuses, Number.NaN], '[null,null,null]'],
  [() => new Map([[1, 2]]), '{}'],
  [() => new Date(Number.NaN), 'null'],
  [() => undefined, ''],
  [() => null, 'null'],
  [() => '', ''],
  [() => [{ type: 'input_text', text: 5, more: { toJSON: refuses } }], /cannot be written as JSON\.$/],
];
