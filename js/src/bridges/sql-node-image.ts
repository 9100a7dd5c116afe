/** A file in a folder of its own, which only this user can read: the way in and out for SQLites that know only files. */
export interface ImageFile {
  path: string;
  /** Idempotent. On Windows an open file stays, until it is closed and this is called again. */
  remove(): void;
}

/** The file holds `image`; without it there is none yet. */
export function imageFile(image?: Uint8Array): ImageFile {
  const fs = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const folder = fs.mkdtempSync(join(process.getBuiltinModule('node:os').tmpdir(), 'agents-wasm-image-'));
  const path = join(folder, 'image.db');
  const remove = () => {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
    } catch {
      // The file is open.
    }
  };
  try {
    if (image) fs.writeFileSync(path, image);
    return { path, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
