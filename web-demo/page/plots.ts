import { make } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';

function shape(name: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

function titled(text: string): SVGElement {
  const title = shape('title', {});
  title.textContent = text;
  return title;
}

export interface Bar {
  label: string;
  value: number;
}

/** Lying bars, each with its name and number: for few kinds of things. */
export function barList(bars: readonly Bar[]): HTMLElement {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value }) => {
    const meter = make('meter', {
      class: 'gauge',
      min: '0',
      max: String(most),
      value: String(value),
      'aria-hidden': 'true',
    });
    return make(
      'tr',
      {},
      make('th', { scope: 'row' }, label),
      make('td', {}, meter),
      make('td', { class: 'number' }, value.toLocaleString('en')),
    );
  });
  return make('table', { class: 'bars' }, make('tbody', {}, ...rows));
}

export interface Column {
  label: string;
  /** From the bottom up, in the order of the plot's colours. */
  parts: readonly number[];
}

const WIDTH = 320;
const HEIGHT = 96;
const MOST_COLUMNS = 80;

/** Standing columns along time: the newest, if there are too many. */
export function columnPlot(columns: readonly Column[], description: string): SVGElement {
  const shown = columns.slice(-MOST_COLUMNS);
  const most = Math.max(1, ...shown.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0)));
  const step = WIDTH / Math.max(8, shown.length);
  const groups = shown.map(({ label, parts }, index) => {
    let top = HEIGHT;
    const rects = parts.map((part, kind) => {
      const height = (part / most) * HEIGHT;
      top -= height;
      const x = index * step + step * 0.1;
      return shape('rect', { class: `part-${kind}`, x, y: top, width: step * 0.8, height, rx: 1 });
    });
    return shape('g', {}, titled(label), ...rects);
  });
  return shape(
    'svg',
    {
      class: 'plot',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': description,
      preserveAspectRatio: 'none',
    },
    ...groups,
  );
}
