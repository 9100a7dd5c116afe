/** Where the databases lie in the origin private file system. */
export const OPFS_ROOT = 'agents-wasm';

/** SQLite's pool puts its own header in front of each file. */
const POOL_HEADER = 4096;

/** A folder for each dbPath: readable, within the limits for file names, and never shared by two paths. */
export async function folderName(dbPath: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(dbPath));
  const hex = Array.from(new Uint8Array(digest, 0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${dbPath.replace(/[^\w.-]+/g, '_').slice(-40)}-${hex}`;
}

/** Whether something was ever written there. Needs no lock; fails where this place has no such file system. */
export async function holdsDatabase(dbPath: string): Promise<boolean> {
  if (!navigator.storage?.getDirectory) throw new Error('there is no origin private file system');
  const root = await navigator.storage.getDirectory();
  try {
    const pools = await root.getDirectoryHandle(OPFS_ROOT);
    const pool = await pools.getDirectoryHandle(await folderName(dbPath));
    const files = await pool.getDirectoryHandle('.opaque');
    for await (const file of files.values()) {
      if ((await (file as FileSystemFileHandle).getFile()).size > POOL_HEADER) return true;
    }
    return false;
  } catch (error) {
    // A file that cannot be looked at may be full.
    return (error as Error).name !== 'NotFoundError';
  }
}
