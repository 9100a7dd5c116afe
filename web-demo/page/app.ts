import type { ConversationEvent, SessionStorage, SQLiteSession } from 'agents-wasm';
import { agent } from './agent.ts';
import { Composer } from './composer.ts';
import { confirmDelete } from './confirm.ts';
import { ConversationList, type Listed } from './conversation-list.ts';
import { Drawer } from './drawer.ts';
import { explain } from './explain.ts';
import { titleFrom } from './format.ts';
import { bindKeys } from './keys.ts';
import { Memory } from './memory.ts';
import { MemoryControl } from './memory-control.ts';
import { announce, notify } from './notify.ts';
import { addressOf, NEW, rename, routeOf } from './route.ts';
import type { Shelf } from './shelf.ts';
import type { Speaker } from './speaker.ts';
import { Status } from './status.ts';
import { bindThemeButton } from './theme-button.ts';
import { Thread } from './thread.ts';
import { Turn } from './turn.ts';
import { Welcome } from './welcome.ts';

export interface AppOptions {
  session: SQLiteSession;
  shelf: Shelf;
  speaker: Speaker;
  storage: SessionStorage;
}

/** The chat: which conversation is open, what happens in it, and what the parts of the page show of that. */
export class App {
  readonly #session: SQLiteSession;
  readonly #shelf: Shelf;
  readonly #status: Status;
  readonly #drawer = new Drawer();
  readonly #thread: Thread;
  readonly #list: ConversationList;
  readonly #composer: Composer;
  readonly #memory: MemoryControl;
  readonly #welcome: Welcome;
  /** The last turn of each conversation; everything before it is history. */
  readonly #turns = new Map<string, Turn>();
  #current = '';
  #opening: Promise<void> = Promise.resolve();
  /** How many items the open conversation has before its last turn. */
  #itemCount = 0;
  #isDrawing = false;
  #unwatch: () => void = () => {};

  constructor({ session, shelf, speaker, storage }: AppOptions) {
    this.#session = session;
    this.#shelf = shelf;
    this.#status = new Status(speaker);
    this.#status.showStorage(storage);
    this.#memory = new MemoryControl(
      new Memory(session, speaker.compaction),
      {
        current: () => this.#current,
        find: (id) => shelf.find(id),
        isAnswering: () => this.#turn?.state === 'running',
        reload: () => this.#reload(),
        attempt: (work) => this.#attempt(work),
      },
      { model: speaker.name, noServer: speaker.noServer },
    );
    this.#thread = new Thread({
      unfolded: () => this.#memory.unfolded(),
      undo: () => this.#memory.undo(),
      retry: (turn) => this.#attempt(() => this.#retry(turn)),
      discard: (turn) => this.#attempt(() => this.#discard(turn)),
    });
    this.#list = new ConversationList({
      onDelete: (conversation) => this.#delete(conversation),
      onMore: () => this.#attempt(() => this.#shelf.readMore()),
      onPick: () => {
        this.#drawer.close();
        this.#composer.focus();
      },
    });
    const send = (text: string) => this.#attempt(() => this.#send(text));
    this.#composer = new Composer({ onSend: send, onStop: () => this.#turn?.stop() });
    this.#welcome = new Welcome(send);
    bindThemeButton();
    bindKeys({
      drawer: this.#drawer,
      composer: this.#composer,
      onNew: () => this.#startNew(),
      onStop: () => this.#turn?.stop(),
    });
    addEventListener('hashchange', () => this.#goToAddress());
    // The list says how long ago things were.
    setInterval(() => this.#draw(), 60_000);
  }

  /** Opens what the address names. */
  async begin(): Promise<void> {
    await this.#goToAddress();
  }

  get #turn(): Turn | undefined {
    return this.#turns.get(this.#current);
  }

  async #goToAddress(): Promise<void> {
    const route = routeOf(location.hash);
    const latest = this.#shelf.conversations[0]?.id;
    const id = route.to === 'conversation' ? route.id : route.to === 'latest' ? latest : undefined;
    if (route.to === 'latest') rename(id === undefined ? NEW : addressOf(id));
    this.#opening = this.#attempt(() => this.#open(id ?? crypto.randomUUID()));
    await this.#opening;
    this.#composer.focus();
  }

  async #open(id: string): Promise<void> {
    this.#current = id;
    this.#unwatch();
    this.#unwatch = await this.#session.subscribe(id, (event) => this.#hear(event));
    await this.#show(id);
  }

  async #show(id: string): Promise<void> {
    const session = this.#memory.sessionOf(id);
    const items = await session.loadItems(id);
    const [open] = (await session.openRuns(id)).slice(-1);
    if (this.#current !== id) return;
    if (!this.#turn && open) this.#turns.set(id, this.#watched(Turn.of(open, items.length)));
    const turn = this.#turn;
    const before = items.slice(0, turn?.itemsBefore);
    this.#itemCount = before.length;
    this.#thread.show(await this.#memory.entriesOf(id, before));
    if (turn) this.#thread.follow(turn);
    this.#draw();
  }

  /** Shows the open conversation anew, with the list. */
  async #reload(): Promise<void> {
    await this.#shelf.refresh();
    if (this.#turn?.state === 'saved') this.#turns.delete(this.#current);
    await this.#show(this.#current);
  }

  /** What this page does itself it shows by itself; the rest comes from other tabs. */
  #hear(event: ConversationEvent): void {
    const turn = this.#turn;
    const isOurs = turn !== undefined && turn.state !== 'elsewhere' && turn.state !== 'interrupted';
    if (event.conversationId !== this.#current || (isOurs && turn.state !== 'saved')) return;
    if (event.type === 'text') {
      if (turn?.state === 'elsewhere') turn.hear(event.text);
      return;
    }
    void this.#attempt(async () => {
      await this.#shelf.refresh();
      if (isOurs && (await this.#countOf(event.conversationId)) === turn.itemsBefore + turn.itemsAdded) return;
      this.#turns.delete(event.conversationId);
      await this.#show(event.conversationId);
    });
  }

  async #countOf(id: string): Promise<number> {
    return (await this.#memory.sessionOf(id).loadItems(id)).length;
  }

  #watched(turn: Turn): Turn {
    turn.onChange = () => this.#drawTurnSoon(turn);
    return turn;
  }

  #startNew(): void {
    this.#drawer.close();
    if (location.hash === NEW) this.#composer.enter();
    else location.hash = NEW;
    this.#composer.enter();
  }

  async #send(text: string): Promise<void> {
    const conversationId = this.#current;
    await this.#opening;
    this.#itemCount += this.#turn?.itemsAdded ?? 0;
    await this.#run(new Turn({ conversationId, text, itemsBefore: this.#itemCount }));
  }

  async #run(turn: Turn): Promise<void> {
    const { conversationId } = turn;
    this.#turns.set(conversationId, this.#watched(turn));
    rename(addressOf(conversationId));
    this.#thread.follow(turn);
    this.#draw();
    announce('Answering.');
    await this.#memory.begin(conversationId);
    await turn.run(agent, this.#memory.sessionOf(conversationId));
    await this.#finish(turn);
  }

  async #finish(turn: Turn): Promise<void> {
    this.#drawTurn(turn);
    this.#draw();
    announce(outcomeOf(turn));
    if (this.#turns.get(turn.conversationId) !== turn) return;
    await this.#shelf.refresh();
    if (turn.state !== 'saved') return;
    if (this.#shelf.find(turn.conversationId)?.title === '') {
      await this.#session.setTitle(turn.conversationId, titleFrom(turn.text));
      await this.#shelf.refresh();
    }
    this.#status.showStorage(await this.#session.storage());
  }

  /** Goes on where the run broke off; nothing is said twice, and no tool works twice. */
  async #retry({ conversationId, itemsBefore, text }: Turn): Promise<void> {
    const [open] = (await this.#memory.sessionOf(conversationId).openRuns(conversationId)).slice(-1);
    if (open) return this.#run(new Turn({ conversationId, itemsBefore, text, open }));
    // A save whose answer got lost may have gone through all the same.
    const wasSaved = (await this.#countOf(conversationId)) > itemsBefore;
    if (!wasSaved) return this.#send(text);
    this.#turns.delete(conversationId);
    await this.#open(conversationId);
  }

  async #discard({ conversationId, itemsBefore }: Turn): Promise<void> {
    const session = this.#memory.sessionOf(conversationId);
    for (const open of await session.openRuns(conversationId)) await session.discardRun(conversationId, open.runId);
    // Nothing was ever said in it.
    if (itemsBefore === 0) await session.delete(conversationId);
    this.#turns.delete(conversationId);
    this.#thread.drop();
    await this.#shelf.refresh();
    this.#composer.focus();
  }

  async #delete({ id, title }: Listed): Promise<void> {
    if (!(await confirmDelete(title))) return;
    await this.#attempt(async () => {
      const turn = this.#turns.get(id);
      turn?.stop();
      if (turn) await turn.ended;
      await this.#memory.sessionOf(id).delete(id);
      this.#turns.delete(id);
      await this.#shelf.refresh();
      if (id === this.#current) {
        rename('#/');
        await this.#goToAddress();
      }
      this.#status.showStorage(await this.#session.storage());
    });
    announce('Deleted.');
    this.#list.focus();
  }

  /** Does something whose failure the chat itself cannot show. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      notify(error);
    }
    this.#draw();
  }

  /** A model may send words faster than a screen can show them. */
  #drawTurnSoon(turn: Turn): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#drawTurn(turn);
    });
  }

  #drawTurn(turn: Turn): void {
    if (this.#turn === turn) this.#thread.update();
  }

  #draw(): void {
    const turn = this.#turn;
    const running = [...this.#turns.values()].filter(({ state }) => state === 'running');
    const coming = running.filter(({ conversationId }) => !this.#shelf.find(conversationId)).map(comingOf);
    this.#list.show({
      conversations: [...coming, ...this.#shelf.conversations.map((one) => this.#titled(one))],
      current: this.#current,
      running: new Set(running.map(({ conversationId }) => conversationId)),
      hasMore: this.#shelf.hasMore,
    });
    const title = this.#shelf.find(this.#current)?.title || (turn && titleFrom(turn.text)) || 'New conversation';
    this.#status.showConversation(title, this.#itemCount + (turn?.itemsAdded ?? 0));
    this.#memory.draw();
    this.#composer.isRunning = turn?.state === 'running';
    this.#welcome.isShown = this.#itemCount === 0 && !turn;
  }

  /** A conversation has its title from its first message that was answered; until then, from the one that was not. */
  #titled(one: Listed): Listed {
    const turn = this.#turns.get(one.id);
    return one.title === '' && turn ? { ...one, title: titleFrom(turn.text) } : one;
  }
}

/** A conversation that will be in the list once its first answer is saved. */
function comingOf({ conversationId, text }: Turn): Listed {
  return { id: conversationId, title: titleFrom(text), updatedAt: new Date() };
}

/** What a screen reader says at the end of a turn. */
function outcomeOf(turn: Turn): string {
  if (turn.state === 'stopped') return 'Stopped.';
  if (turn.state === 'saved') return `Answer: ${turn.answer}`;
  const { title, text } = explain(turn.error);
  return `${title}. ${text}`;
}
