import { visit } from './visit.js';

document.querySelector('output').textContent = JSON.stringify(await visit());
