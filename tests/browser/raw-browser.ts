import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findChromium } from '../support/browser.ts';

type Message = { id?: number; method?: string; sessionId?: string; params?: any; result?: any; error?: object };

/**
 * Chromium over its own protocol. Under Playwright every page counts as visible, so that none can be frozen, and one that
 * comes back from the back/forward cache is lost.
 */
export class RawBrowser {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  #calls = 0;

  private constructor(process: ChildProcess, socket: WebSocket, profile: string) {
    this.#process = process;
    this.#socket = socket;
    this.#profile = profile;
  }

  static async start(): Promise<RawBrowser> {
    const profile = await mkdtemp(join(tmpdir(), 'agents-raw-'));
    const args = ['--headless=new', '--no-first-run', '--disable-gpu', '--remote-debugging-port=0'];
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    const child = spawn(await findChromium(), [...args, `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const socket = new WebSocket(await addressOf(child));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    return new RawBrowser(child, socket, profile);
  }

  async send(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = ++this.#calls;
    const answered = this.hears((message) => message.id === id);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  /** The next message that fits. */
  hears(fits: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const listen = ({ data }: MessageEvent<string>) => {
        const message: Message = JSON.parse(data);
        if (!fits(message)) return;
        this.#socket.removeEventListener('message', listen);
        resolve(message);
      };
      this.#socket.addEventListener('message', listen);
    });
  }

  /** Opens a tab in front of the others and waits for its page. */
  async open(url: string): Promise<RawTab> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const tab = new RawTab(this, targetId, sessionId);
    await tab.load(url);
    return tab;
  }

  /** Closes all tabs; an empty one keeps the browser open. */
  async closeTabs(): Promise<void> {
    const { targetInfos } = await this.send('Target.getTargets');
    await this.send('Target.createTarget', { url: 'about:blank' });
    for (const { targetId, type } of targetInfos) {
      if (type === 'page') await this.send('Target.closeTarget', { targetId });
    }
  }

  async close(): Promise<void> {
    const gone = once(this.#process, 'exit');
    await this.send('Browser.close');
    await gone;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class RawTab {
  readonly #browser: RawBrowser;
  readonly #targetId: string;
  readonly #sessionId: string;

  constructor(browser: RawBrowser, targetId: string, sessionId: string) {
    this.#browser = browser;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
  }

  async load(url: string): Promise<void> {
    await this.#send('Page.enable');
    const loaded = this.#hears('Page.loadEventFired');
    await this.#send('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression, or of the promise that it makes. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until so many more ids have been saved, or one has failed. */
  async saves(more: number): Promise<void> {
    await this.evaluate(`new Promise((done) => {
      const goal = tab.saved.length + ${more};
      const look = () => tab.saved.length >= goal || tab.failures.length > 0 ? done() : setTimeout(look, 5);
      look();
    })`);
  }

  freeze(): Promise<void> {
    return this.#send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  wake(): Promise<void> {
    return this.#send('Page.setWebLifecycleState', { state: 'active' });
  }

  async leave(): Promise<void> {
    await this.#navigate(`location.href = '/elsewhere.html'`);
  }

  /** Goes back, and says whether the page is the one that was left or was loaded anew. */
  async comeBack(): Promise<'kept' | 'loaded'> {
    return (await this.#navigate('history.back()')) === 'BackForwardCacheRestore' ? 'kept' : 'loaded';
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.closeTarget', { targetId: this.#targetId });
  }

  async #navigate(expression: string): Promise<string> {
    const navigated = this.#hears('Page.frameNavigated');
    await this.evaluate(`void setTimeout(() => { ${expression} })`);
    return (await navigated).params.type;
  }

  #send(method: string, params?: object): Promise<any> {
    return this.#browser.send(method, params, this.#sessionId);
  }

  #hears(method: string): Promise<Message> {
    return this.#browser.hears((message) => message.method === method && message.sessionId === this.#sessionId);
  }
}

async function addressOf(browser: ChildProcess): Promise<string> {
  const stderr = browser.stderr;
  if (!stderr) throw new Error('The browser has no stderr.');
  const lines = createInterface(stderr);
  for await (const line of lines) {
    const address = /^DevTools listening on (.*)/.exec(line)?.[1];
    if (address) return address;
  }
  throw new Error('The browser ended before it listened.');
}
