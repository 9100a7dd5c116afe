import type { ReadQuery } from '../store-wire.ts';
import type { OpenedPage } from './page-opener.ts';

type Read = (query: ReadQuery) => Promise<OpenedPage>;

/**
 * The newest so many items that have not expired: pages from the end on, each twice as long as the one before, since only
 * what they give tells how many have.
 */
export async function newestItems(read: Read, query: ReadQuery, wanted: number): Promise<OpenedPage> {
  let page = await read(query);
  let asked = wanted;
  let hasMore = page.stored === asked;
  while (page.items.length < wanted && hasMore && page.head.older !== undefined) {
    asked = Math.max(2 * asked, 16);
    const missing = wanted - page.items.length;
    const earlier = await readExactly(read, { ...query, before: page.head.older, shelves: undefined }, asked, missing);
    // The conversation was changed between two of the pages.
    if (earlier.head.version !== page.head.version) return newestItems(read, query, wanted);
    hasMore = earlier.stored === asked;
    page = joined(earlier, page);
  }
  return page;
}

/** Of the newest `asked` items at most `missing`, with the cursor that belongs to them. */
async function readExactly(read: Read, query: ReadQuery, asked: number, missing: number): Promise<OpenedPage> {
  const page = await read({ ...query, newest: asked });
  const first = page.indices[page.indices.length - missing];
  if (page.items.length <= missing || first === undefined) return page;
  return read({ ...query, newest: page.stored - first });
}

function joined(earlier: OpenedPage, page: OpenedPage): OpenedPage {
  const { older: _, ...head } = page.head;
  const { older } = earlier.head;
  return {
    head: older === undefined ? head : { ...head, older },
    items: [...earlier.items, ...page.items],
    origins: [...earlier.origins, ...page.origins],
    indices: [],
    stored: earlier.stored + page.stored,
  };
}
