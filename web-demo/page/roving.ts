/** Where an arrow, Home or End leads from this element of a list, which is one stop for the Tab key. */
export function rovingTarget<E extends HTMLElement>(
  event: KeyboardEvent,
  elements: readonly E[],
  from: E,
): E | undefined {
  const at = elements.indexOf(from);
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: elements.length - 1 }[event.key];
  const next = target === undefined ? undefined : elements[target];
  if (next) event.preventDefault();
  return next;
}
