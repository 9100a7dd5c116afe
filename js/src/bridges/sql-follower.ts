import {
  channelOf,
  lobbyOf,
  type SqlFollowerMessage,
  type SqlGreeting,
  type SqlLobbyMessage,
  type SqlOpened,
  type SqlReply,
  type SqlRequest,
} from './sql-rpc.ts';

export interface SqlFollowerEvents {
  /** A Worker has the database open and listens. Comes again for the next one, which knows nothing of earlier requests. */
  opened(opened: SqlOpened): void;
  reply(reply: SqlReply): void;
}

/** A tab's line to the Worker of whichever tab has the database open. */
export class SqlFollower {
  readonly #lobby: BroadcastChannel;
  readonly #channel: BroadcastChannel;
  #epoch = '';

  constructor(dbPath: string, events: SqlFollowerEvents) {
    const me: SqlLobbyMessage = { follower: crypto.randomUUID() };
    this.#channel = new BroadcastChannel(channelOf(dbPath, me.follower));
    this.#channel.onmessage = ({ data }: MessageEvent<SqlGreeting | SqlReply>) => {
      if (!('epoch' in data)) return events.reply(data);
      if (data.epoch === this.#epoch) return;
      this.#epoch = data.epoch;
      events.opened(data.opened);
    };
    this.#lobby = new BroadcastChannel(lobbyOf(dbPath));
    this.#lobby.onmessage = ({ data }: MessageEvent<SqlLobbyMessage>) => {
      if ('epoch' in data) this.#lobby.postMessage(me);
    };
    this.#lobby.postMessage(me);
  }

  post(request: SqlRequest): void {
    this.#channel.postMessage({ ...request, epoch: this.#epoch } satisfies SqlFollowerMessage);
  }

  leave(): void {
    this.#channel.postMessage({ op: 'leave' } satisfies SqlFollowerMessage);
    this.#channel.close();
    this.#lobby.close();
  }
}
