/** What the tests need of any browser, whatever drives it. */
export interface DrivenPage {
  /** Runs a function in the page; it, its argument and its result travel as text, so that it knows nothing but these. */
  evaluate<Argument, Result>(
    work: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Awaited<Result>>;
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface DrivenBrowser {
  /** Opens an address in a tab of its own and waits for its page. */
  open(url: string): Promise<DrivenPage>;
  close(): Promise<void>;
}
