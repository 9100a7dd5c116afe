import { byId } from './dom.ts';
import { currentTheme, toggleTheme } from './theme.ts';

/** The button names what it does next, which follows the system as long as nobody has chosen. */
export function bindThemeButton(): void {
  const element = byId('theme', HTMLButtonElement);
  const image = byId('theme-icon', SVGUseElement);
  const label = () => {
    const next = currentTheme() === 'dark' ? 'light' : 'dark';
    element.setAttribute('aria-label', `Switch to ${next}`);
    element.title = `Switch to ${next}`;
    image.setAttribute('href', `#icon-${next}`);
  };
  element.addEventListener('click', () => {
    toggleTheme();
    label();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
  label();
}
