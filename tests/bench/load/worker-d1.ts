// Runs in workerd: agents-wasm over D1, which all principals share, so that conversations are told apart by their names.
import { SQLiteSession } from 'agents-wasm';
import { type D1DatabaseLike, d1Database } from 'agents-wasm/edge';

import { ourSide } from './ours.ts';
import type { Rows } from './row-counter.ts';
import { answerTo, partOf } from './side.ts';

interface Meta {
  rows_read: number;
  rows_written: number;
  size_after: number;
}

let rows: Rows = { read: 0, written: 0, alarms: 0 };
let bytes = 0;

function counted(binding: D1DatabaseLike): D1DatabaseLike {
  return {
    prepare: (query) => binding.prepare(query),
    async batch(statements) {
      const results = await binding.batch(statements);
      for (const { meta } of results) {
        const { rows_read, rows_written, size_after } = meta as Meta;
        rows = { ...rows, read: rows.read + rows_read, written: rows.written + rows_written };
        bytes = size_after;
      }
      return results;
    },
  };
}

export default {
  async fetch(request: Request, { DATABASE }: { DATABASE: D1DatabaseLike }): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/size') return Response.json({ bytes });
    if (pathname === '/rows') {
      const taken = rows;
      rows = { read: 0, written: 0, alarms: 0 };
      return Response.json(taken);
    }
    // One for each request: what a Worker waits for must be of the same request.
    const side = ourSide(new SQLiteSession({ database: d1Database(counted(DATABASE)) }));
    return answerTo(request, partOf(side, request.headers.get('x-user') ?? ''));
  },
};
