/** Asking many hosts at once, but not all of a large array at the same moment. */

/** Each question is an ssh of its own, on a guest that may be small. */
const AT_ONCE = 16;

/** `ask` of every item, in the items' order. */
export async function ofEach<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
): Promise<R[]> {
  const replies: R[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) {
    replies.push(...(await Promise.all(items.slice(first, first + AT_ONCE).map(ask))));
  }
  return replies;
}
