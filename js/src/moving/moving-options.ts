export interface MarkdownOptions {
  /** Whether tool calls, their outputs and thoughts are shown, folded. Default true. */
  includeTools?: boolean;
  /** Whether what compactions have folded is shown in place of their summaries. Default false. */
  includeCompacted?: boolean;
}
