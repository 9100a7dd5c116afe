/**
 * The method that `await using` calls. Where a browser does not know its symbol yet, as Safari, the one that bundlers look
 * for when they translate `await using`.
 */
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
