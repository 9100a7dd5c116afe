import { SqlError } from './sql-database.ts';

const MAGIC = new TextEncoder().encode('SQLite format 3\0');
/** Both say 2 in a file that has a log beside it and 1 in one that has none (sqlite.org/fileformat2.html, 1.3). */
const FORMATS = [18, 19];
const HEADER_BYTES = 100;

/**
 * The bytes of a database's file as those of a file that stands alone. What lies in a log beside the file is no part of
 * it, and SQLite refuses to open bytes that say there is one.
 */
export function standAlone(image: Uint8Array): Uint8Array {
  checkImage(image);
  if (FORMATS.every((offset) => image[offset] === 1)) return image;
  const copy = image.slice();
  for (const offset of FORMATS) copy[offset] = 1;
  return copy;
}

function checkImage(image: Uint8Array): void {
  if (image.length >= HEADER_BYTES && MAGIC.every((byte, index) => image[index] === byte)) return;
  throw new SqlError('corrupt', 'The bytes of image are no SQLite database: the head of its file is not there.');
}
