import { make } from './dom.ts';

interface Block {
  kind: 'text' | 'code';
  text: string;
}

/**
 * Shows a text with its line breaks and its code. What the model or the user wrote becomes text nodes only. A text that
 * grows is drawn anew from the block that changed.
 */
export class RichText {
  readonly element = make('div', { class: 'text' });
  #blocks: Block[] = [];

  set(text: string): void {
    const blocks = blocksOf(text);
    const same = blocks.findIndex((block, index) => !isSame(block, this.#blocks[index]));
    const first = same === -1 ? blocks.length : same;
    while (this.element.childNodes.length > first) this.element.lastChild?.remove();
    for (const block of blocks.slice(first)) this.element.append(draw(block));
    this.#blocks = blocks;
  }
}

function isSame(one: Block, other: Block | undefined): boolean {
  return one.kind === other?.kind && one.text === other.text;
}

/** Fenced code, and what stands between. A fence that is still open holds the rest. */
function blocksOf(text: string): Block[] {
  const parts = text.split(/^[ \t]*```.*$/m);
  return parts
    .map((part, index): Block => {
      const isCode = index % 2 === 1;
      return isCode ? { kind: 'code', text: part.replace(/^\n|\n$/g, '') } : { kind: 'text', text: part.trim() };
    })
    .filter(({ kind, text: content }) => kind === 'code' || content !== '');
}

function draw({ kind, text }: Block): HTMLElement {
  if (kind === 'code') return make('pre', { tabindex: '0' }, make('code', {}, text));
  return make('p', {}, ...inline(text));
}

/** Words in `backticks` as code. */
function inline(text: string): (Node | string)[] {
  return text.split(/(`[^`\n]+`)/).map((part, index) => (index % 2 === 1 ? make('code', {}, part.slice(1, -1)) : part));
}
