const fatal = new WeakSet<object>();

/** Marks a tool's failure as one that fails its run, rather than one that the model is told of. */
export function makeFatal<Failure extends object>(error: Failure): Failure {
  fatal.add(error);
  return error;
}

/** Whether it is one, for the run that asks first: for a run around that one it is a tool's failure like any other. */
export function takeFatal(error: unknown): boolean {
  return fatal.delete(error as object);
}
