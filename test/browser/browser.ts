import type { TestContext } from 'node:test';
import { findProgram } from '@angarium/testkit';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** How long a page has for anything, in milliseconds: the machine may be busy. */
const TIMEOUT_MS = 20_000;
/** Servers of tests are here; a browser that asks elsewhere is told that there is nothing. */
const HOST = '127.0.0.1';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  `--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE ${HOST}`,
];

/** Debian's Chromium, with what its pages have complained of. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  /** Errors of scripts, lines of the console that are errors (but for answers that say no: tests ask for those), and whatever is asked for elsewhere. */
  readonly complaints: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** `undefined`, and the test is skipped, where there is none. */
  static async launch(test: TestContext): Promise<TestBrowser | undefined> {
    const executablePath = findProgram('chromium');
    if (executablePath === undefined) {
      test.skip('Debian package chromium is not installed');
      return undefined;
    }
    return new TestBrowser(await chromium.launch({ executablePath, args: ARGUMENTS }));
  }

  /** A page of somebody who has not been here before. */
  async visit(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context: BrowserContext = await this.#browser.newContext(options);
    context.setDefaultTimeout(TIMEOUT_MS);
    context.on('request', request => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && hostname !== HOST) this.complaints.push(`asks for ${request.url()}`);
    });
    const page = await context.newPage();
    page.on('pageerror', error => this.complaints.push(error.message));
    page.on('console', line => {
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) this.complaints.push(line.text());
    });
    await page.goto(url);
    return page;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#browser.close();
  }
}
