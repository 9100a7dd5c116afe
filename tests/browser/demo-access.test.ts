import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { type Chat, Demo } from './demo.ts';
import { faintTexts, overflowing } from './page-checks.ts';

let demo: Demo;
let chat: Chat;

before(async () => {
  demo = await Demo.start();
});

after(() => demo?.close());

afterEach(() => chat.close());

test('everything works by keyboard alone', async () => {
  chat = await demo.open();
  const { keyboard } = chat.page;
  assert.equal(await focused(), 'message');
  await keyboard.type("Hello, I'm John");
  await keyboard.press('Shift+Enter');
  await keyboard.type('and I like tea');
  await keyboard.press('Enter');
  await chat.page.waitForSelector('#stop:not([hidden])');
  await chat.isDone();
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John\nand I like tea"]);
  assert.equal(await focused(), 'message');

  await backTo('new');
  await keyboard.press('Enter');
  await chat.page.waitForSelector('#welcome:not([hidden])');
  await keyboard.type('Count to 500');
  await keyboard.press('Enter');
  await chat.sees('.assistant', '10, 11');
  await keyboard.press('Escape');
  await chat.sees('.outcome', 'Stopped');
  await keyboard.type('Say: second');
  await keyboard.press('Enter');
  await chat.sees('.assistant', 'second');
  await chat.isDone();
  await chat.page.waitForFunction(() => document.querySelectorAll('#conversations time').length === 2);

  await backTo('Say: second');
  await keyboard.press('ArrowDown');
  assert.match(await focused(), /^Hello, I'm John/);
  await keyboard.press('Enter');
  await chat.sees('.user', 'I like tea');
  assert.equal(await focused(), 'message');

  await backTo("Hello, I'm John");
  await keyboard.press('Delete');
  assert.equal(await focused(), 'Keep it');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await chat.page.waitForFunction(() => document.querySelectorAll('#conversations li').length === 1);
  assert.deepEqual(await chat.titles(), ['Say: second']);
  assert.deepEqual(chat.errors, []);
});

test('the first Tab stop of a page skips to the message, and whatever has the focus shows it', async () => {
  chat = await demo.open('#/new');
  await chat.page.focus('#skip');
  await chat.page.keyboard.press('Enter');
  assert.equal(await focused(), 'message');
  await chat.page.focus('#skip');
  for (let stop = 0; stop < 12; stop += 1) {
    await chat.page.keyboard.press('Tab');
    const shown = await chat.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return true;
      const frame = element.id === 'message' ? element.closest('form') : element;
      const { outlineStyle, boxShadow } = getComputedStyle(frame as Element);
      return outlineStyle !== 'none' || boxShadow !== 'none';
    });
    assert.ok(shown, `${await focused()} has the focus and does not show it`);
  }
});

test('a screen reader hears when an answer begins, and the whole of it at its end', async () => {
  chat = await demo.open('#/new');
  const heard = await chat.page.evaluateHandle(() => {
    const texts: string[] = [];
    const announcer = document.querySelector('#announcer') as HTMLElement;
    new MutationObserver(() => texts.push(announcer.textContent)).observe(announcer, { childList: true });
    return texts;
  });
  await chat.ask('Say: one two three four');
  assert.deepEqual(await heard.jsonValue(), ['Answering.', 'Answer: one two three four']);
});

test('at 360 px nothing reaches over the edge, and the list is a drawer', async () => {
  chat = await demo.open('#/new');
  await chat.page.setViewportSize({ width: 360, height: 740 });
  assert.deepEqual(await overflowing(chat.page), []);
  const wide = `${'long'.repeat(60)} \`${'code'.repeat(60)}\``;
  await chat.ask(`Say: ${wide}\n\`\`\`\n${'x'.repeat(300)}\n\`\`\``);
  await chat.ask('Roll 20 dice');
  await chat.send('Count to 500');
  await chat.page.keyboard.press('Escape');
  await chat.sees('.outcome', 'Stopped');
  assert.deepEqual(await overflowing(chat.page), []);

  assert.equal(await chat.page.isVisible('#drawer'), false);
  await chat.page.click('#open-drawer');
  await chat.page.waitForFunction(() => document.querySelector('#drawer')?.getBoundingClientRect().left === 0);
  assert.equal(await focused(), 'close-drawer');
  assert.deepEqual(await overflowing(chat.page), []);
  await chat.page.keyboard.press('Escape');
  await chat.page.waitForSelector('#drawer', { state: 'hidden' });
  assert.equal(await focused(), 'open-drawer');

  await chat.page.click('#open-drawer');
  await chat.page.click('#conversations li:first-child a');
  await chat.page.waitForSelector('#drawer', { state: 'hidden' });
  assert.deepEqual(chat.errors, []);
});

test('the theme follows the system until one is chosen, which is remembered', async () => {
  chat = await demo.open('#/new');
  const background = () => chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await chat.page.emulateMedia({ colorScheme: 'light' });
  const light = await background();
  await chat.page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  assert.notEqual(light, dark);
  await chat.page.click('[aria-label="Switch to light"]');
  assert.equal(await background(), light);
  await chat.page.reload();
  await chat.isReady();
  assert.equal(await background(), light);
  await chat.page.click('[aria-label="Switch to dark"]');
  assert.equal(await background(), dark);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every text has the contrast of WCAG AA in the ${colorScheme} theme`, async () => {
    chat = await demo.open('#/new');
    await chat.page.emulateMedia({ colorScheme });
    await chat.page.evaluate(() => document.documentElement.removeAttribute('data-theme'));
    assert.deepEqual(await faintTexts(chat.page), []);
    await chat.ask('Say: words and `code`\n```\nblock\n```');
    await chat.ask('Roll 2 dice');
    await chat.send('Count to 500');
    await chat.page.keyboard.press('Escape');
    await chat.sees('.outcome', 'Stopped');
    assert.deepEqual(await faintTexts(chat.page), []);
  });
}

test('nothing moves for those who want no motion', async () => {
  chat = await demo.open('#/new');
  await chat.page.emulateMedia({ reducedMotion: 'reduce' });
  await chat.send('Count to 30');
  assert.equal(await chat.page.evaluate(() => document.getAnimations().length), 0);
  await chat.isDone();
});

/** The id of what has the focus, or its text. */
function focused(): Promise<string> {
  return chat.page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    return element.id || element.innerText;
  });
}

/** Goes back with Shift and Tab, as a person does, to the element of that id or that text. */
async function backTo(target: string): Promise<void> {
  for (let stops = 0; stops < 30; stops += 1) {
    await chat.page.keyboard.press('Shift+Tab');
    if ((await focused()).startsWith(target)) return;
  }
  assert.fail(`Shift+Tab does not reach "${target}".`);
}
