/**
 * Lets `await using` take an object where a browser does not know `Symbol.asyncDispose` yet, as Safari: bundlers translate
 * it into a look for this other symbol. Not a method of that name, which would keep the class in every bundle.
 */
export function markDisposable(target: object, dispose: () => Promise<void>): void {
  if (!Symbol.asyncDispose) Object.defineProperty(target, Symbol.for('Symbol.asyncDispose'), { value: dispose });
}
