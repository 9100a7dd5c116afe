// What is loaded when a conversation of the SDK is used, in one piece.
export { addItems, clearItems, mutateItems, popItem, readItems, replaceItems } from './history.ts';
export { load, save } from './sdk-backed.ts';
export { transact } from './transactions.ts';
