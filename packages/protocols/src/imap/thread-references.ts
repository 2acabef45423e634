import type { ThreadedMessage } from "./thread-messages.ts";
import type { ThreadNode } from "./thread-tree.ts";

/** A place in the forest while it grows; without a message it stands for one that is only referred to. */
interface Place {
  message: ThreadedMessage | null;
  parent: Place | null;
  readonly children: Set<Place>;
}

interface Grown {
  readonly uid: number | null;
  readonly children: Grown[];
  /** The message whose date and subject count: itself, or the first below a place without one. */
  first: ThreadedMessage | null;
}

/** How far up a link is checked for loops; a message whose parent is deeper starts a thread of its own. */
const MAX_DEPTH = 1_000;

/**
 * REFERENCES (RFC 5256 §3, steps 1 to 6). No step recurses: a chain of answers may be as long as the folder.
 *
 * @param messages by UID, ascending
 */
export function threadByReferences(messages: readonly ThreadedMessage[]): readonly ThreadNode[] {
  const places = linkByIds(messages);
  const roots = places.filter((place) => place.parent === null);
  const grown = new Map<Place, Grown[]>();
  // Children before their parents: each place becomes what is left of it once empty places are gone.
  for (const place of childrenFirst(roots)) grown.set(place, settle(place, grown));
  const threads = roots.flatMap((root) => {
    const settled = grown.get(root) ?? [];
    // Step 3: an empty root stays while it holds several threads together.
    return settled.length > 1 ? [dummy(settled)] : settled;
  });
  return gatherSubjects(threads.sort(byDate));
}

/** Step 1: what comes first in the folder decides first. */
function linkByIds(messages: readonly ThreadedMessage[]): readonly Place[] {
  const byId = new Map<string, Place>();
  const all: Place[] = [];
  const make = (message: ThreadedMessage | null): Place => {
    const place: Place = { message, parent: null, children: new Set() };
    all.push(place);
    return place;
  };
  const placeOf = (id: string): Place => {
    const place = byId.get(id) ?? make(null);
    byId.set(id, place);
    return place;
  };
  for (const message of messages) {
    let place = message.messageId === null ? make(null) : placeOf(message.messageId);
    // Two messages with one id: the second is nobody's ancestor.
    if (place.message !== null) place = make(null);
    place.message = message;
    let parent: Place | null = null;
    for (const id of message.references) {
      const ancestor = placeOf(id);
      if (parent !== null && ancestor.parent === null && mayLink(parent, ancestor)) link(parent, ancestor);
      parent = ancestor;
    }
    // What a message says of its own parent counts more than what others said before, also when it says that it has none.
    unlink(place);
    if (parent !== null && mayLink(parent, place)) link(parent, place);
  }
  return all;
}

function mayLink(parent: Place, child: Place): boolean {
  let depth = 0;
  for (let above: Place | null = parent; above !== null; above = above.parent) {
    depth += 1;
    if (above === child || depth > MAX_DEPTH) return false;
  }
  return true;
}

function link(parent: Place, child: Place): void {
  child.parent = parent;
  parent.children.add(child);
}

function unlink(child: Place): void {
  child.parent?.children.delete(child);
  child.parent = null;
}

function childrenFirst(roots: readonly Place[]): readonly Place[] {
  const order: Place[] = [];
  const open = [...roots];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    order.push(place);
    open.push(...place.children);
  }
  return order.reverse();
}

/** Steps 3 and 6: an empty place gives its children to the one above; siblings are ordered by date. */
function settle(place: Place, grown: ReadonlyMap<Place, readonly Grown[]>): Grown[] {
  const children = [...place.children].flatMap((child) => grown.get(child) ?? []).sort(byDate);
  const { message } = place;
  return message === null ? children : [{ uid: message.uid, children, first: message }];
}

/** Step 5: threads with one base subject are gathered below the one that others answer, or side by side. `threads` by date. */
function gatherSubjects(threads: readonly Grown[]): readonly Grown[] {
  const bySubject = new Map<string, Grown>();
  for (const thread of threads) {
    const held = bySubject.get(subjectOf(thread));
    const isBetter =
      held === undefined ||
      (held.uid !== null && (thread.uid === null || (isReply(held) && !isReply(thread))));
    if (isBetter && subjectOf(thread) !== "") bySubject.set(subjectOf(thread), thread);
  }
  const roots = new Set(threads);
  const grownOn = new Set<Grown>();
  for (const thread of threads) {
    const held = bySubject.get(subjectOf(thread));
    if (held === undefined || held === thread) continue;
    roots.delete(thread);
    grownOn.add(held);
    if (held.uid === null) {
      for (const below of thread.uid === null ? thread.children : [thread]) held.children.push(below);
    } else if (isReply(thread) && !isReply(held)) held.children.push(thread);
    else {
      const both = dummy([held, thread]);
      bySubject.set(subjectOf(held), both);
      roots.delete(held);
      roots.add(both);
      grownOn.add(both);
    }
  }
  for (const thread of grownOn) {
    thread.children.sort(byDate);
    if (thread.uid === null) thread.first = thread.children[0]?.first ?? null;
  }
  return [...roots].sort(byDate);
}

const subjectOf = (thread: Grown): string => thread.first?.subject.base ?? "";

const isReply = (thread: Grown): boolean => thread.uid !== null && thread.first?.subject.isReply === true;

/** Several threads under a place without a message. */
function dummy(children: Grown[]): Grown {
  return { uid: null, children, first: children[0]?.first ?? null };
}

function byDate(a: Grown, b: Grown): number {
  return (a.first?.sentMs ?? 0) - (b.first?.sentMs ?? 0) || (a.first?.uid ?? 0) - (b.first?.uid ?? 0);
}
