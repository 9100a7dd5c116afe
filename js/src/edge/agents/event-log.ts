/** An event of a run as clients get it. */
export interface LogEvent {
  /** Grows with every event of the run, also over restarts, which leave a gap. */
  n: number;
  type: string;
  /** JSON. */
  data: string;
}

export interface EventLogOptions {
  /** The number that the first event comes behind. */
  last: number;
  /** Up to which numbers are noted already. Default: up to that one. */
  reserved?: number;
  /** Notes durably that numbers up to this one may be in use. */
  reserve(upTo: number): void;
}

/** So many numbers are noted at a time: a row for each event would be what a run costs most. */
export const RESERVED = 1000;
const MOST_CHARACTERS = 2 ** 20;

/** The newest events of one run, in memory. Any number of readers wait for what comes next. */
export class EventLog {
  readonly #reserve: (upTo: number) => void;
  #events: LogEvent[] = [];
  #characters = 0;
  #last: number;
  #reserved: number;
  #isOver = false;
  #waiting: (() => void)[] = [];

  constructor({ last, reserved = last, reserve }: EventLogOptions) {
    this.#last = last;
    this.#reserved = reserved;
    this.#reserve = reserve;
  }

  get last(): number {
    return this.#last;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** Whether no event will come any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  append(type: string, data: object): void {
    const n = this.#last + 1;
    if (n > this.#reserved) {
      this.#reserved = n + RESERVED - 1;
      this.#reserve(this.#reserved);
    }
    this.#last = n;
    const event = { n, type, data: JSON.stringify(data) };
    this.#events.push(event);
    this.#characters += event.data.length;
    this.#forget();
    this.#wake();
  }

  /** Events behind number `n`; nothing when some of them are not in memory any more. */
  after(n: number): LogEvent[] | undefined {
    const first = this.#last - this.#events.length + 1;
    return n + 1 < first ? undefined : this.#events.slice(n + 1 - first);
  }

  /** Resolves when there is an event behind `n`, or there will be none. */
  async next(n: number): Promise<void> {
    while (n >= this.#last && !this.#isOver) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The newest one stays, however long it is. */
  #forget(): void {
    let count = 0;
    while (this.#characters > MOST_CHARACTERS && count < this.#events.length - 1) {
      this.#characters -= (this.#events[count++] as LogEvent).data.length;
    }
    if (count > 0) this.#events = this.#events.slice(count);
  }
}
