import type { Message } from '../core.ts';

/** Something that is wrong with a stored history. */
export interface DoctorFinding {
  /**
   * `orphan_call`: a call without an output behind it. `orphan_output`: an output without a call before it.
   * `duplicate`: the id of an item, the call_id of a call, or the output of a call comes twice.
   * `reasoning_without_follower`: providers refuse it. `undecodable`: rows of the history that are no items.
   */
  kind: 'orphan_call' | 'orphan_output' | 'duplicate' | 'reasoning_without_follower' | 'undecodable';
  /** The items that it is about. Undecodable rows have none. */
  uids: string[];
  /** One sentence, without anything that was said. */
  message: string;
  repaired: boolean;
}

export interface DoctorReport {
  conversationId: string;
  /** How many items the history had. */
  items: number;
  findings: DoctorFinding[];
  /** Whether something was wrong and was repaired. */
  repaired: boolean;
  /** Where the repair put what it moved, for `loadPage(id, { shelf })`; not there when it moved nothing. */
  shelf?: string;
}

interface ReportHead {
  items: number;
  findings: DoctorFinding[];
  shelf: string;
}

export function reportFrom(conversationId: string, { head }: Message): DoctorReport {
  const { items, findings, shelf } = head as ReportHead;
  const repaired = findings.some((finding) => finding.repaired);
  return { conversationId, items, findings, repaired, ...(shelf === '' ? {} : { shelf }) };
}
