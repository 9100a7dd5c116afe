/** Whether two types are the same, `any` apart. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
export function is<_Condition extends true>(): void {}
