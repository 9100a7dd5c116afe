import type { Item, StoredItem } from '../../items.ts';

export interface ViewedItem {
  agent: string;
  item: Item;
}

/** What a run has shown so far, for a client that missed some of it. */
export class RunView {
  readonly input: unknown;
  readonly items: ViewedItem[] = [];
  /** The answer that is being written. */
  text = '';
  agent: string;

  constructor(input: unknown, agent: string, items: readonly StoredItem[] = []) {
    this.input = input;
    this.agent = agent;
    for (const item of items) {
      if (item.turn !== 0) this.items.push({ agent: item.agent?.name ?? '', item });
    }
  }

  add(event: { type: string; item?: Item; agent?: string; text?: string }): void {
    if (event.type === 'text') this.text += event.text;
    if (event.type === 'answer') this.text = '';
    if (event.type === 'agent') this.agent = event.agent ?? '';
    if (event.type !== 'item' || !event.item) return;
    this.items.push({ agent: event.agent ?? '', item: event.item });
    if (event.item.type === 'message') this.text = '';
  }

  get snapshot() {
    const { input, items, text, agent } = this;
    return { agent, input, items, text };
  }
}
