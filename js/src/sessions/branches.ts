import { checkOptions, checkText } from '../check.ts';
import { UserError } from '../errors.ts';

/** One of the ways in which a conversation goes on. */
export interface Branch {
  id: string;
  name: string;
  /** Whether it is what `loadItems`, runs and Python see. */
  active: boolean;
  /** How many items are its own, behind where it began. */
  items: number;
  /** The branch that it began on; not there if it shares nothing. */
  parentId?: string;
  /** The `uid` of the last item that it shares; not there if it shares nothing. */
  forkedAfter?: string;
  /** Not there for the first one. */
  createdAt?: Date;
}

/** Where a branch begins, by the `uid` of an item: before it, behind it, or without either behind all items. */
export type ForkPoint =
  | { before: string; after?: undefined }
  | { after: string; before?: undefined }
  | { before?: undefined; after?: undefined };

/** As the core tells of it. What says nothing is empty. */
interface BranchHead {
  id: string;
  name: string;
  parent: string;
  active: boolean;
  items: number;
  forkedAfter: string;
  createdAt: string;
}

export function branchFrom({ parent, forkedAfter, createdAt, ...rest }: BranchHead): Branch {
  return {
    ...rest,
    ...(parent === '' ? {} : { parentId: parent }),
    ...(forkedAfter === '' ? {} : { forkedAfter }),
    ...(createdAt === '' ? {} : { createdAt: new Date(createdAt) }),
  };
}

export function branchesFrom(heads: BranchHead[]): Branch[] {
  return heads.map(branchFrom).sort((one, other) => Number(one.createdAt ?? 0) - Number(other.createdAt ?? 0));
}

export function checkedFork(point: ForkPoint, name: unknown): ForkPoint {
  checkOptions('point', point);
  const { before, after } = point;
  if (before !== undefined) checkText('point.before', before);
  if (after !== undefined) checkText('point.after', after);
  if (before !== undefined && after !== undefined) {
    throw new UserError(
      'user_error',
      'A branch begins before an item or after one: point.before and point.after exclude each other.',
    );
  }
  if (name !== undefined) checkText('name', name);
  return point;
}
