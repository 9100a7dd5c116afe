import type { ResponseIds } from '../ids.ts';
import type { Meter } from '../meter.ts';
import type { CutReason, ModelOutput } from '../model.ts';
import type { Item } from '../wire.ts';

/** An event before the stream numbers it. */
export interface Draft {
  type: string;
  delta?: string;
  [field: string]: unknown;
}

export interface ItemResult {
  item: Item;
  cut?: CutReason;
}

/** Where an item is in the response, and what it draws on while it is written. */
export interface Position {
  outputIndex: number;
  ids: ResponseIds;
  meter: Meter;
}

/** The events of one output item, from `output_item.added` to `output_item.done`, and the finished item. */
export type Drafts = Generator<Draft, ItemResult>;
export type Output<Type> = Extract<ModelOutput, { type: Type }>;

/** The event that finishes an item, and the result that goes with it. */
export function* done(item: Item, at: Position, cut?: CutReason): Drafts {
  yield { type: 'response.output_item.done', output_index: at.outputIndex, item };
  return cut ? { item, cut } : { item };
}

/** Why an item is incomplete, if it is: the limit comes before what the model said of it. */
export function cutOf(meter: Meter, cut?: CutReason): CutReason | undefined {
  return meter.full ? 'max_output_tokens' : cut;
}

/** The pieces in which a text is streamed, as far as the limit allows. */
export function* taken(text: string | readonly string[], meter: Meter, kind?: 'reasoning'): Generator<string> {
  for (const piece of typeof text === 'string' ? pieces(text) : text) {
    const delta = meter.take(piece, kind);
    if (delta) yield delta;
    if (meter.full) return;
  }
}

/** About a word each, as a tokenizer would cut; code points stay whole. */
function pieces(text: string): string[] {
  return text.match(/\s?\S{1,10}|\s+/gu) ?? [];
}
