// What is written reaches a disk in pieces of this size, each or not.
const SECTOR = 512;

type Change = { at: number; data: Uint8Array } | { size: number };

/** A disk without power, or one whose power fails at this very operation. */
export class PowerCut extends Error {}

/** A write that finds no space; the next one may. */
export class DiskFull extends Error {}

/** The bytes of a file that grows. */
class Content {
  #bytes: Uint8Array<ArrayBuffer>;
  size: number;

  constructor(bytes: Uint8Array<ArrayBuffer> = new Uint8Array()) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  read(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(Math.min(at, this.size), Math.min(at + length, this.size));
  }

  perform(change: Change): void {
    const end = 'size' in change ? change.size : change.at + change.data.length;
    if (end > this.#bytes.length) this.#grow(end);
    if ('size' in change) {
      this.#bytes.fill(0, change.size, this.size);
      this.size = change.size;
      return;
    }
    this.#bytes.set(change.data, change.at);
    this.size = Math.max(this.size, end);
  }

  copy(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.size);
  }

  #grow(size: number): void {
    const bytes = new Uint8Array(Math.max(2 * size, 65_536));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** An open file. Every call is an operation of its disk. */
export class DiskFile {
  readonly #disk: CrashDisk;
  readonly #content: Content;
  readonly #durable: Content;
  #pending: Change[] = [];

  constructor(disk: CrashDisk, bytes?: Uint8Array) {
    this.#disk = disk;
    this.#durable = new Content(bytes?.slice());
    this.#content = new Content(bytes?.slice());
  }

  get size(): number {
    return this.#content.size;
  }

  read(at: number, length: number): Uint8Array {
    this.#disk.spend();
    return this.#content.read(at, length);
  }

  /** The write that the power fails in may be on the disk, in parts. */
  change(change: Change): void {
    this.#disk.checkSpace();
    if (!this.#disk.isOff) {
      this.#content.perform(change);
      this.#pending.push(change);
    }
    this.#disk.spend();
  }

  sync(): void {
    this.#disk.spend();
    for (const change of this.#pending) this.#durable.perform(change);
    this.#pending = [];
    this.#disk.settleNames();
  }

  /** What is on the disk after the power failed; `odds` are those of a piece that was not synced. */
  remains(random: () => number, odds: number): Uint8Array {
    const content = new Content(this.#durable.copy());
    for (const change of this.#pending.flatMap(sectors)) {
      if (random() < odds) content.perform(change);
    }
    return content.copy();
  }
}

function sectors(change: Change): Change[] {
  if ('size' in change) return [change];
  const pieces: Change[] = [];
  for (let from = 0; from < change.data.length; ) {
    const to = Math.min(from + SECTOR - ((change.at + from) % SECTOR), change.data.length);
    pieces.push({ at: change.at + from, data: change.data.subarray(from, to) });
    from = to;
  }
  return pieces;
}

/**
 * A disk whose power can fail. What was synced stays; of all else an arbitrary part does. Which files there are becomes
 * durable with the next sync of any of them, as in a journalling file system.
 */
export class CrashDisk {
  readonly #names: Map<string, DiskFile>;
  #settled: Map<string, DiskFile>;
  #operations = 0;
  /** The operation that the power fails in, counted from 1. */
  cutAt = Number.POSITIVE_INFINITY;
  isOff = false;
  /** How many more writes find space. */
  writesLeft = Number.POSITIVE_INFINITY;
  /** What SQLite takes for the time. */
  now = (): number => Date.now();

  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#names = new Map([...files].map(([name, bytes]) => [name, new DiskFile(this, bytes)]));
    this.#settled = new Map(this.#names);
  }

  get operations(): number {
    return this.#operations;
  }

  /** Counts an operation. */
  spend(): void {
    if (this.isOff) throw new PowerCut();
    this.#operations += 1;
    this.isOff = this.#operations >= this.cutAt;
    if (this.isOff) throw new PowerCut();
  }

  /** Takes the space for a write. */
  checkSpace(): void {
    if (this.writesLeft <= 0) throw new DiskFull();
    this.writesLeft -= 1;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  open(name: string): DiskFile {
    this.spend();
    const file = this.#names.get(name) ?? new DiskFile(this);
    this.#names.set(name, file);
    return file;
  }

  delete(name: string): void {
    this.spend();
    this.#names.delete(name);
  }

  settleNames(): void {
    this.#settled = new Map(this.#names);
  }

  /** The files as they are while there is power. */
  files(): Map<string, Uint8Array> {
    return new Map([...this.#names].map(([name, file]) => [name, file.remains(() => 0, 1)]));
  }

  /** The disk when the power comes back. */
  afterCut(random: () => number): CrashDisk {
    const odds = [0, 0.1, 0.5, 0.9, 1][Math.floor(random() * 5)] as number;
    const names = random() < odds ? this.#names : this.#settled;
    return new CrashDisk(new Map([...names].map(([name, file]) => [name, file.remains(random, odds)])));
  }
}
