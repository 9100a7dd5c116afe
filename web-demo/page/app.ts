import type { ConversationEvent, SessionStorage, SQLiteSession } from 'agents-wasm';
import { agent } from './agent.ts';
import { BranchControl } from './branch-control.ts';
import { Composer } from './composer.ts';
import { confirmDelete } from './confirm.ts';
import { ConversationList, type Listed } from './conversation-list.ts';
import { ConversationMenu } from './conversation-menu.ts';
import { DataControl } from './data-control.ts';
import { byId } from './dom.ts';
import { Drawer } from './drawer.ts';
import { explain } from './explain.ts';
import { titleFrom } from './format.ts';
import { bindKeys } from './keys.ts';
import type { BranchingSession, Memory } from './memory.ts';
import { MemoryControl } from './memory-control.ts';
import { announce, notify } from './notify.ts';
import { addressOf, NEW, rename, routeOf } from './route.ts';
import { saveJsonl, saveMarkdown } from './save-conversation.ts';
import { Search } from './search.ts';
import type { Found } from './search-panel.ts';
import type { Shelf } from './shelf.ts';
import type { Speaker } from './speaker.ts';
import { StatsControl } from './stats-control.ts';
import { Status } from './status.ts';
import { bindThemeButton } from './theme-button.ts';
import { Thread } from './thread.ts';
import { Turn } from './turn.ts';
import { Welcome } from './welcome.ts';

export interface AppOptions {
  session: SQLiteSession;
  memory: Memory;
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
  readonly #branches: BranchControl;
  readonly #welcome: Welcome;
  readonly #search: Search;
  readonly #stats: StatsControl;
  readonly #menu: ConversationMenu;
  /** The last turn of each conversation; everything before it is history. */
  readonly #turns = new Map<string, Turn>();
  #current = '';
  #opening: Promise<void> = Promise.resolve();
  /** How many items the open conversation has before its last turn. */
  #itemCount = 0;
  #isDrawing = false;
  #unwatch: () => void = () => {};

  constructor({ session, memory, shelf, speaker, storage }: AppOptions) {
    this.#session = session;
    this.#shelf = shelf;
    this.#status = new Status(speaker);
    this.#status.showStorage(storage);
    this.#memory = new MemoryControl(
      memory,
      {
        current: () => this.#current,
        find: (id) => shelf.find(id),
        firstLocked: () => shelf.conversations.find(({ locked }) => locked)?.id,
        isAnswering: () => this.#turn?.state === 'running',
        reload: () => this.#reload(),
        attempt: (work) => this.#attempt(work),
      },
      { model: speaker.name, noServer: speaker.noServer },
    );
    this.#branches = new BranchControl(this.#memory, {
      current: () => this.#current,
      isAnswering: () => this.#turn?.state === 'running',
      show: (id) => this.#showAnew(id),
      run: (turn) => this.#run(turn),
    });
    this.#search = new Search(session, {
      titleOf: (id) => shelf.find(id)?.title,
      goTo: (found) => this.#attempt(() => this.#goTo(found)),
      attempt: (work) => this.#attempt(work),
    });
    this.#thread = new Thread({
      edit: (uid, text) => this.#attempt(() => this.#branches.goOnFrom({ before: uid }, text)),
      regenerate: (uid) => this.#attempt(() => this.#branches.regenerate(uid)),
      switchTo: (branch) => this.#attempt(() => this.#branches.switchTo(branch)),
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
    new DataControl(session, {
      remove: (id) => this.#memory.sessionOf(id).delete(id),
      reload: () => this.#reload(),
      attempt: (work) => this.#attempt(work),
    });
    this.#stats = new StatsControl((work) => this.#attempt(work));
    this.#menu = this.#menuOfConversation();
    byId('lock', HTMLButtonElement).addEventListener('click', () => this.#attempt(() => this.#memory.lock()));
    bindThemeButton();
    bindKeys({
      drawer: this.#drawer,
      composer: this.#composer,
      onNew: () => this.#startNew(),
      onStop: () => this.#turn?.stop(),
      onSearch: () => {
        this.#drawer.open();
        this.#search.focus();
      },
    });
    addEventListener('hashchange', () => this.#goToAddress());
    // The list says how long ago things were.
    setInterval(() => this.#draw(), 60_000);
  }

  #menuOfConversation(): ConversationMenu {
    const id = () => this.#current;
    const title = () => this.#shelf.find(id())?.title ?? '';
    const withSession = (work: (session: BranchingSession) => Promise<void> | void) => () =>
      this.#attempt(async () => {
        const session = this.#memory.branchingOf(id());
        if (session) await work(session);
      });
    return new ConversationMenu({
      onRename: (text) =>
        this.#attempt(async () => {
          await this.#setTitle(id(), text);
        }),
      onStatistics: withSession((session) => this.#stats.open(session, id())),
      onMarkdown: withSession((session) => saveMarkdown(session, id(), title())),
      onJsonl: withSession((session) => saveJsonl(session, id(), title())),
      onDelete: () => {
        const listed = this.#shelf.find(id());
        if (listed) void this.#delete(listed);
      },
    });
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
    // What the list knows of it says where it is remembered.
    while (!this.#shelf.find(id) && this.#shelf.hasMore) await this.#shelf.readMore();
    if (this.#current !== id) return;
    this.#unwatch();
    this.#unwatch = await this.#session.subscribe(id, (event) => this.#hear(event));
    await this.#show(id);
  }

  async #show(id: string): Promise<void> {
    if (this.#memory.isLocked(id)) return this.#showLocked();
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

  /** Its last turn is history now, or no more. */
  async #showAnew(id: string): Promise<void> {
    this.#turns.delete(id);
    await this.#show(id);
  }

  #showLocked(): void {
    this.#itemCount = 0;
    this.#turns.delete(this.#current);
    this.#thread.showLocked(() => this.#attempt(async () => void (await this.#memory.unlock())));
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
      await this.#showAnew(event.conversationId);
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

  /** Opens the conversation in which something was found, where it was found. */
  async #goTo({ conversationId, uid, shelf = '' }: Found): Promise<void> {
    this.#drawer.close();
    const branch = /^branch:(.*)$/s.exec(shelf)?.[1];
    if (branch !== undefined) await this.#memory.branchingOf(conversationId)?.switchBranch(conversationId, branch);
    if (this.#turns.get(conversationId)?.state !== 'running') this.#turns.delete(conversationId);
    if (location.hash !== addressOf(conversationId)) history.pushState(null, '', addressOf(conversationId));
    await this.#goToAddress();
    await this.#thread.reveal(uid);
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
    await turn.run(agent, this.#memory.sessionOf(conversationId), () => this.#memory.begin(conversationId));
    await this.#finish(turn);
  }

  async #finish(turn: Turn): Promise<void> {
    this.#drawTurn(turn);
    this.#draw();
    announce(outcomeOf(turn));
    if (this.#turns.get(turn.conversationId) !== turn) return;
    await this.#shelf.refresh();
    if (turn.state !== 'saved') return;
    await this.#nameMessages(turn);
    if (this.#shelf.find(turn.conversationId)?.title === '')
      await this.#setTitle(turn.conversationId, titleFrom(turn.text));
    this.#status.showStorage(await this.#session.storage());
  }

  /** Titles are here also of what is on the server. */
  async #setTitle(id: string, title: string): Promise<void> {
    await (this.#memory.branchingOf(id) ?? this.#session).setTitle(id, title);
    await this.#shelf.refresh();
  }

  /** What was said can be edited from now on; a branch shows that there are others. */
  async #nameMessages(turn: Turn): Promise<void> {
    const { conversationId, cameFrom } = turn;
    if (!this.#memory.branchingOf(conversationId)) return;
    turn.name(await this.#memory.sessionOf(conversationId).loadItems(conversationId));
    if (cameFrom === undefined || this.#current !== conversationId) return;
    await this.#showAnew(conversationId);
  }

  /** Goes on where the run broke off; nothing is said twice, and no tool works twice. */
  async #retry({ conversationId, itemsBefore, text, cameFrom }: Turn): Promise<void> {
    const [open] = (await this.#memory.sessionOf(conversationId).openRuns(conversationId)).slice(-1);
    if (open) return this.#run(new Turn({ conversationId, itemsBefore, text, open, cameFrom }));
    // A save whose answer got lost may have gone through all the same.
    const wasSaved = (await this.#countOf(conversationId)) > itemsBefore;
    if (!wasSaved) return this.#run(new Turn({ conversationId, itemsBefore, text, cameFrom }));
    this.#turns.delete(conversationId);
    await this.#open(conversationId);
  }

  async #discard({ conversationId, itemsBefore, cameFrom }: Turn): Promise<void> {
    const session = this.#memory.sessionOf(conversationId);
    for (const open of await session.openRuns(conversationId)) await session.discardRun(conversationId, open.runId);
    // Nothing was ever said in it, on any branch.
    const branches = (await this.#memory.branchingOf(conversationId)?.listBranches(conversationId)) ?? [];
    if (itemsBefore === 0 && branches.length < 2) await session.delete(conversationId);
    this.#turns.delete(conversationId);
    this.#thread.drop();
    if (cameFrom !== undefined) await this.#branches.goBack(conversationId, cameFrom);
    await this.#shelf.refresh();
    this.#composer.focus();
  }

  async #delete({ id, title }: Listed): Promise<void> {
    if (!(await confirmDelete(`“${title || 'Untitled'}”`))) return;
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
    const isHere = this.#memory.branchingOf(this.#current) !== undefined && !this.#memory.isLocked(this.#current);
    const known = this.#shelf.find(this.#current);
    this.#menu.show({ title: known?.title ?? '', isThere: known !== undefined, isHere });
    const lock = byId('lock', HTMLButtonElement);
    lock.hidden = !this.#memory.isEncrypted(this.#current) || !isHere;
    // An answer that comes in could not be saved.
    lock.disabled = running.some(({ conversationId }) => this.#memory.isEncrypted(conversationId));
    this.#composer.isLocked = this.#memory.isLocked(this.#current);
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
