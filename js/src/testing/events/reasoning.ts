import type { Meter } from '../meter.ts';
import type { Item } from '../wire.ts';
import { cutOf, type Draft, type Drafts, done, type Output, type Position, taken } from './draft.ts';

export function* reasoningEvents(output: Output<'reasoning'>, at: Position): Drafts {
  const id = at.ids.item('reasoning');
  const where = { item_id: id, output_index: at.outputIndex };
  const encrypted = output.encryptedContent === undefined ? {} : { encrypted_content: output.encryptedContent };
  const hasText = output.text !== undefined;
  const item: Item = { id, type: 'reasoning', summary: [], ...(hasText && { content: [] }), ...encrypted };
  yield { type: 'response.output_item.added', output_index: at.outputIndex, item };

  const summary: unknown[] = [];
  for (const part of output.summary ?? []) {
    const whereSummary = { ...where, summary_index: summary.length };
    yield { type: 'response.reasoning_summary_part.added', ...whereSummary, part: { type: 'summary_text', text: '' } };
    let text = '';
    for (const delta of taken(part, at.meter, 'reasoning')) {
      text += delta;
      yield { type: 'response.reasoning_summary_text.delta', ...whereSummary, delta };
    }
    yield { type: 'response.reasoning_summary_text.done', ...whereSummary, text };
    yield { type: 'response.reasoning_summary_part.done', ...whereSummary, part: { type: 'summary_text', text } };
    summary.push({ type: 'summary_text', text });
  }
  const content = hasText ? { content: yield* reasoningText(output.text ?? '', where, at.meter) } : {};
  return yield* done({ ...item, summary, ...content }, at, cutOf(at.meter));
}

function* reasoningText(whole: string, item: object, meter: Meter): Generator<Draft, unknown[]> {
  const where = { ...item, content_index: 0 };
  yield { type: 'response.content_part.added', ...where, part: { type: 'reasoning_text', text: '' } };
  let text = '';
  for (const delta of taken(whole, meter, 'reasoning')) {
    text += delta;
    yield { type: 'response.reasoning_text.delta', ...where, delta };
  }
  yield { type: 'response.reasoning_text.done', ...where, text };
  yield { type: 'response.content_part.done', ...where, part: { type: 'reasoning_text', text } };
  return [{ type: 'reasoning_text', text }];
}
