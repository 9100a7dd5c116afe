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

type Answer = (request: SqlRequest, reply: (reply: SqlReply) => void) => void;

/** The Worker's end of the other tabs, each on a channel of its own: what one asks and gets is not copied to all. */
export class SqlFollowers {
  readonly #dbPath: string;
  readonly #opened: SqlOpened;
  readonly #answer: Answer;
  readonly #epoch = crypto.randomUUID();
  readonly #lobby: BroadcastChannel;
  readonly #channels = new Map<string, BroadcastChannel>();

  constructor(dbPath: string, opened: SqlOpened, answer: Answer) {
    this.#dbPath = dbPath;
    this.#opened = opened;
    this.#answer = answer;
    this.#lobby = new BroadcastChannel(lobbyOf(dbPath));
    this.#lobby.onmessage = ({ data }: MessageEvent<SqlLobbyMessage>) => {
      if ('follower' in data) this.#greet(data.follower);
    };
    this.#lobby.postMessage({ epoch: this.#epoch } satisfies SqlLobbyMessage);
  }

  /** Hears nobody any more. What was not answered is asked again, of the next Worker. */
  close(): void {
    this.#lobby.close();
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  #greet(follower: string): void {
    const channel = this.#channels.get(follower) ?? this.#connect(follower);
    channel.postMessage({ epoch: this.#epoch, opened: this.#opened } satisfies SqlGreeting);
  }

  #connect(follower: string): BroadcastChannel {
    const channel = new BroadcastChannel(channelOf(this.#dbPath, follower));
    this.#channels.set(follower, channel);
    channel.onmessage = ({ data }: MessageEvent<SqlFollowerMessage>) => {
      if (data.op === 'leave') {
        channel.close();
        this.#channels.delete(follower);
      } else if (data.epoch === this.#epoch) {
        this.#answer(data, (reply) => this.#channels.get(follower)?.postMessage(reply));
      }
    };
    return channel;
  }
}
