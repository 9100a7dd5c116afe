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
  | { before: string; after?: never }
  | { after: string; before?: never }
  | { before?: never; after?: never };

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

/** As the core takes it, once it is known to be one. */
export function forkHead(point: ForkPoint, name: string | undefined): object {
  checkOptions('point', point);
  const sides = ['before', 'after'].filter((side) => side in point);
  // One that is undefined is an item that was not found, and not the end of the history.
  for (const side of sides) checkText(`point.${side}`, point[side as keyof ForkPoint]);
  if (sides.length > 1) {
    throw new UserError('user_error', 'point.before and point.after exclude each other.');
  }
  if (name !== undefined) checkText('name', name);
  return { before: point.before, after: point.after, name };
}
