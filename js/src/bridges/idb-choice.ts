import { openDB } from 'idb';

const DATABASE = 'agents-wasm:stores';

const open = () =>
  openDB(DATABASE, 1, {
    upgrade: (database) => void database.createObjectStore('chosen'),
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });

/** Which kind of store the conversations of that name were first put in; nothing where it is not known. */
export async function chosenStore(name: string): Promise<string | undefined> {
  try {
    const database = await open();
    const chosen = await database.get('chosen', name);
    database.close();
    return chosen;
  } catch {
    // Where there is no IndexedDB, there was no choice either.
    return undefined;
  }
}

export async function rememberStore(name: string, kind: string): Promise<void> {
  try {
    const database = await open();
    await database.put('chosen', kind, name);
    database.close();
  } catch {
    // What the stores hold themselves says it too.
  }
}

/** Whether there is an IndexedDB database of that name. */
export async function hasDatabase(name: string): Promise<boolean> {
  const databases = (await globalThis.indexedDB?.databases?.()) ?? [];
  return databases.some((one) => one.name === name);
}
