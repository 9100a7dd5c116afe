import type { BranchingSession } from './memory.ts';
import type { MemoryControl } from './memory-control.ts';
import { Turn } from './turn.ts';

export type Place = { before: string } | { after: string };

export interface BranchPage {
  current(): string;
  /** Whether the open conversation is being answered. */
  isAnswering(): boolean;
  /** Shows the conversation as it is now, without the turn that it ended with. */
  show(id: string): Promise<void>;
  run(turn: Turn): Promise<void>;
}

/** Other ways on from an earlier place of the open conversation: taken, begun, and left when nothing came to be. */
export class BranchControl {
  readonly #memory: Pick<MemoryControl, 'branchingOf' | 'sessionOf'>;
  readonly #page: BranchPage;
  #isForking = false;

  constructor(memory: Pick<MemoryControl, 'branchingOf' | 'sessionOf'>, page: BranchPage) {
    this.#memory = memory;
    this.#page = page;
  }

  async switchTo(branch: string): Promise<void> {
    const id = this.#page.current();
    if (this.#page.isAnswering()) return;
    await this.#memory.branchingOf(id)?.switchBranch(id, branch);
    await this.#page.show(id);
  }

  /** Has the model answer again what it answered with this item. */
  async regenerate(uid: string): Promise<void> {
    const id = this.#page.current();
    const items = await this.#memory.sessionOf(id).loadItems(id);
    const answer = items.findIndex((item) => item.uid === uid);
    const question = items.slice(0, answer).findLast(({ role }) => role === 'user')?.uid;
    if (answer >= 0 && question !== undefined) await this.goOnFrom({ after: question }, '');
  }

  /** Goes on from an earlier place, with these words or with another answer. */
  async goOnFrom(place: Place, text: string): Promise<void> {
    const id = this.#page.current();
    const session = this.#memory.branchingOf(id);
    if (!session || this.#isForking || this.#page.isAnswering()) return;
    this.#isForking = true;
    try {
      const turn = await this.#fork(session, id, place, text);
      if (this.#page.current() === id) await this.#page.run(turn);
    } finally {
      this.#isForking = false;
    }
  }

  async #fork(session: BranchingSession, conversationId: string, place: Place, text: string): Promise<Turn> {
    const cameFrom = (await session.listBranches(conversationId)).find(({ active }) => active)?.id;
    await session.fork(conversationId, place);
    await this.#page.show(conversationId);
    const itemsBefore = (await session.loadItems(conversationId)).length;
    return new Turn({ conversationId, text, itemsBefore, cameFrom });
  }

  /** Leaves a branch on which nothing came to be. */
  async goBack(conversationId: string, cameFrom: string): Promise<void> {
    const session = this.#memory.branchingOf(conversationId);
    const branches = (await session?.listBranches(conversationId)) ?? [];
    const left = branches.find(({ active, id, items }) => active && items === 0 && id !== cameFrom);
    if (!session || !left) return;
    await session.switchBranch(conversationId, cameFrom);
    await session.deleteBranch(conversationId, left.id);
    await this.#page.show(conversationId);
  }
}
