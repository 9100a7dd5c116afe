import type { Message } from '../core.ts';
import type { Opened } from '../sessions/store-calls.ts';
import type { AppliedHead, ChangeHead, ListHead, ListQuery, PageHead, ReadQuery } from '../store-wire.ts';

/** The store of a session of ours as it is: what is encrypted stays so. */
export class UnderlyingStore {
  readonly #session: Opened;

  constructor(session: Opened) {
    this.#session = session;
  }

  async read(query: ReadQuery): Promise<{ head: PageHead; body: Uint8Array }> {
    return this.#call('session.read', query);
  }

  async list(query: ListQuery): Promise<ListHead> {
    return (await this.#call('session.list', query)).head;
  }

  async apply(change: ChangeHead, body: Uint8Array): Promise<AppliedHead> {
    return (await this.#call('session.apply', change, body)).head;
  }

  async #call(operation: string, head: object, body?: Uint8Array): Promise<Message> {
    const { core, id } = await this.#session.opened();
    return core.call(operation, { ...head, session: id }, body);
  }
}
