export interface Row {
  what: string;
  ours: string;
  peer: string;
  ratio: string;
  /** What the budget compares with, where it is not the peer. */
  measure: string;
  budget: string;
  kept: boolean;
}

const HEAD = ['what', 'agents-wasm', '@openai/agents', 'ratio', 'measured against', 'budget', ''];

export function asTable(rows: Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.ours,
    row.peer,
    row.ratio,
    row.measure,
    row.budget,
    row.kept ? 'kept' : 'MISSED',
  ]);
  return tableOf(HEAD, cells);
}

/** The rows as a Markdown table, which also reads well in a terminal. */
export function tableOf(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const format = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [format(head), format(widths.map((width) => '-'.repeat(width))), ...rows.map(format)].join('\n');
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 3 : 1)} ms`;
}

export function times(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)}×`;
}
