/**
 * Asks the browser not to evict the origin's data when space is short, and gives whether it promised. Some browsers ask
 * the user, others decide by how much the site is used. Where there is nothing to ask (Node, Deno, Bun, an insecure page)
 * it gives `false`. To be called in answer to something that the user did, such as saving a first conversation.
 *
 * @example
 * if (!(await requestPersistence())) showExportButton();
 */
export async function requestPersistence(): Promise<boolean> {
  const manager = globalThis.navigator?.storage;
  if (typeof manager?.persist !== 'function') return false;
  try {
    return await manager.persist();
  } catch {
    return false;
  }
}
