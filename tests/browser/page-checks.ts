import type { Page } from 'playwright-core';

/** What reaches over the window's right edge, apart from what scrolls inside its own frame. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found = [...document.body.querySelectorAll('*')].filter((element) => {
      const { right, left, width: own } = element.getBoundingClientRect();
      return own > 0 && left >= 0 && right > width + 0.5 && !element.closest('pre > *, .visually-hidden, .sprite');
    });
    const scrolled = document.documentElement.scrollWidth > width ? ['the document'] : [];
    return [...scrolled, ...found.map((element) => element.outerHTML.slice(0, 120))];
  });
}

/** Texts whose contrast is under 4.5, or under 3 where they are large, with the contrast they have. */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Color = [number, number, number, number];
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const read = (text: string): Color => {
      if (!canvas) throw new Error('There is no canvas.');
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a]: Color, [R, G, B]: Color): Color => {
      const mix = (top: number, below: number) => top * a + below * (1 - a);
      return [mix(r, R), mix(g, G), mix(b, B), 1];
    };
    const behind = (element: Element | null): Color => {
      if (!element) return [255, 255, 255, 1];
      const own = read(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, behind(element.parentElement));
    };
    const luminance = ([r, g, b]: Color) => {
      const [R = 0, G = 0, B = 0] = [r, g, b].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * R + 0.7152 * G + 0.0722 * B;
    };
    const faint: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim();
      if (!element || !text || !element.checkVisibility({ visibilityProperty: true })) continue;
      if (element.closest('.visually-hidden, .skip, :disabled')) continue;
      const { color, fontSize } = getComputedStyle(element);
      const background = behind(element);
      const levels = [luminance(over(read(color), background)), luminance(background)].sort((a, b) => b - a);
      const contrast = ((levels[0] ?? 0) + 0.05) / ((levels[1] ?? 0) + 0.05);
      const needed = Number.parseFloat(fontSize) >= 24 ? 3 : 4.5;
      if (contrast < needed) faint.push(`${contrast.toFixed(2)}: ${text}`);
    }
    return faint;
  });
}
