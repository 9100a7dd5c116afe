import type { Page } from 'playwright-core';
import { bundlePage } from '../../web-demo/bundle.ts';
import { type DemoServer, serve } from '../../web-demo/server/serve.ts';
import type { Settings } from '../../web-demo/server/settings.ts';
import { launchBrowser, openPage, type TestBrowser } from '../support/browser.ts';

export const OFFLINE: Settings = { model: 'offline-1', port: 0, isPortFixed: false };

/** The demo in a browser, as `npm start` gives it. */
export class Demo {
  readonly server: DemoServer;
  browser: TestBrowser;

  private constructor(server: DemoServer, browser: TestBrowser) {
    this.server = server;
    this.browser = browser;
  }

  /** `extra` are more files that the server has. */
  static async start(settings: Settings = OFFLINE, extra: [string, Uint8Array][] = []): Promise<Demo> {
    const files = new Map([...(await bundlePage({ standalone: false })), ...extra]);
    return new Demo(await serve(settings, files), await launchBrowser());
  }

  /** Opens the page and waits for the chat. */
  async open(hash = ''): Promise<Chat> {
    const { page, errors } = await openPage(this.browser, `${this.server.url}${hash}`);
    const chat = new Chat(page, errors);
    await chat.isReady();
    return chat;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

/** What a person does with the page. */
export class Chat {
  readonly page: Page;
  /** What the console complained about; violations of the content security policy are among it. */
  readonly errors: string[];

  constructor(page: Page, errors: string[]) {
    this.page = page;
    this.errors = errors;
  }

  async isReady(): Promise<void> {
    await this.page.waitForSelector('#app:not([hidden])');
    await this.page.waitForFunction(() => location.hash !== '');
  }

  /** Sends a message and does not wait for the answer. */
  async send(text: string): Promise<void> {
    await this.page.fill('#message', text);
    await this.page.press('#message', 'Enter');
    await this.page.waitForFunction(
      (sent) => {
        const shown = document.querySelector<HTMLElement>('.turn .user .text');
        return shown?.innerText.replaceAll(/\s/g, '') === sent;
      },
      text.replaceAll(/\s|`+(?:js)?/g, ''),
    );
  }

  async isDone(): Promise<void> {
    await this.page.waitForSelector('#send:not([hidden])');
  }

  /** Sends a message and gives the answer. */
  async ask(text: string): Promise<string> {
    await this.send(text);
    await this.isDone();
    return this.lastAnswer();
  }

  async lastAnswer(): Promise<string> {
    return (await this.texts('.assistant .text')).at(-1) ?? '';
  }

  /** The texts of all elements that fit. */
  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allInnerTexts();
  }

  titles(): Promise<string[]> {
    return this.texts('.row-title');
  }

  async startNew(): Promise<void> {
    await this.page.click('#new');
    await this.page.waitForSelector('#welcome:not([hidden])');
  }

  /** Waits for a text somewhere in what fits the selector. */
  async sees(selector: string, text: string | RegExp): Promise<void> {
    await this.page.locator(selector).filter({ hasText: text }).first().waitFor();
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
