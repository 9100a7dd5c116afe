// Runs before the page is painted, so that a remembered theme does not flash.
import { applyTheme } from './theme.ts';

applyTheme();
