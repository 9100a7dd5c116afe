import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';

import type { DrivenBrowser, DrivenPage } from './driven.ts';
import { findBrowser } from './find-browser.ts';

/** Starts WebKitGTK's own small browser, on a screen that nobody sees, over WebDriver. Its data ends with it. */
export async function launchWebKit(): Promise<DrivenBrowser> {
  const program = await findBrowser('webkit');
  const screen = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [display] = await once(screen.stdio[3] as Readable, 'data');
  const port = await freePort();
  const env = { ...process.env, DISPLAY: `:${String(display).trim()}` };
  const driver = spawn(program, [`--port=${port}`], { env, stdio: 'ignore' });
  try {
    const browser = await WebDriver.start(`http://127.0.0.1:${port}`, driver);
    return {
      open: (url) => browser.open(url),
      async close() {
        await browser.end();
        await Promise.all([driver, screen].map(end));
      },
    };
  } catch (error) {
    await Promise.all([driver, screen].map(end));
    throw error;
  }
}

/** The few calls of WebDriver that we need. */
class WebDriver {
  readonly #session: string;
  /** The tab that was there first, from which others are opened. */
  readonly #home: string;
  /** Only one tab is driven at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(session: string, home: string) {
    this.#session = session;
    this.#home = home;
  }

  static async start(address: string, driver: ChildProcess): Promise<WebDriver> {
    while (!(await isReady(address))) {
      if (driver.exitCode !== null) throw new Error(`The driver of WebKit ended with ${driver.exitCode}.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { sessionId } = (await send('POST', `${address}/session`, {
      capabilities: { alwaysMatch: { timeouts: { script: 120_000 } } },
    })) as { sessionId: string };
    const session = `${address}/session/${sessionId}`;
    return new WebDriver(session, (await send('GET', `${session}/window`)) as string);
  }

  async open(url: string): Promise<DrivenPage> {
    const created = await this.#inTab(this.#home, () => this.#post('window/new', { type: 'tab' }));
    const { handle } = created as { handle: string };
    const inTab = <T>(work: () => Promise<T>) => this.#inTab(handle, work);
    await inTab(() => this.#post('url', { url }));
    return {
      evaluate: (work, argument) => inTab(() => this.#run(String(work), argument)) as never,
      reload: () => inTab(async () => void (await this.#post('refresh', {}))),
      close: () => inTab(async () => void (await send('DELETE', `${this.#session}/window`))),
    };
  }

  async end(): Promise<void> {
    await this.#inTurn(() => send('DELETE', this.#session));
  }

  async #run(work: string, argument: unknown): Promise<unknown> {
    const script = `const [argument, done] = arguments;
      Promise.resolve(argument).then(${work}).then(
        (value) => done({ value }),
        (error) => done({ failure: error.name + ': ' + error.message + '\\n' + error.stack }),
      );`;
    const { value, failure } = (await this.#post('execute/async', { script, args: [argument ?? null] })) as {
      value?: unknown;
      failure?: string;
    };
    if (failure) throw new Error(failure);
    return value;
  }

  #inTab<T>(handle: string, work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#post('window', { handle });
      return work();
    });
  }

  #post(path: string, body: object): Promise<unknown> {
    return send('POST', `${this.#session}/${path}`, body);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

async function send(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: { message?: string } };
  if (!response.ok) throw new Error(`WebDriver: ${value.message ?? response.status}`);
  return value;
}

async function isReady(address: string): Promise<boolean> {
  return send('GET', `${address}/status`).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
