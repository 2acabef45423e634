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
  readonly children: readonly Grown[];
  readonly sentMs: number;
  readonly subject: ThreadedMessage["subject"];
}

/** How far up a link is checked for loops; a message whose parent is deeper starts a thread of its own. */
const MAX_DEPTH = 1_000;

/**
 * REFERENCES (RFC 5256 §3, steps 1 to 6). No step recurses: a chain of answers may be as long as the folder.
 *
 * @param messages by sent date, ascending
 */
export function threadByReferences(messages: readonly ThreadedMessage[]): readonly ThreadNode[] {
  const places = linkByIds(messages);
  const roots = places.filter((place) => place.parent === null);
  const grown = new Map<Place, readonly Grown[]>();
  // Children before their parents: each place becomes what is left of it once empty places are gone.
  for (const place of childrenFirst(roots)) grown.set(place, settle(place, grown));
  const threads = roots.flatMap((root) => {
    const settled = grown.get(root) ?? [];
    // Step 3: an empty root stays while it holds several threads together.
    return settled.length > 1 ? [dummy(settled)] : settled;
  });
  return gatherSubjects(threads.sort(byDate));
}

/** Step 1. */
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
    // What a message says of its own parent counts more than what others said before.
    if (place.parent !== null && parent !== null) unlink(place);
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
function settle(place: Place, grown: ReadonlyMap<Place, readonly Grown[]>): readonly Grown[] {
  const children = [...place.children].flatMap((child) => grown.get(child) ?? []).sort(byDate);
  const { message } = place;
  return message === null
    ? children
    : [{ uid: message.uid, children, sentMs: message.sentMs, subject: message.subject }];
}

/** Step 5: threads with one base subject are one thread. */
function gatherSubjects(threads: readonly Grown[]): readonly Grown[] {
  const bySubject = new Map<string, Grown[]>();
  for (const thread of threads) {
    const { base } = thread.subject;
    const same = base === "" ? undefined : bySubject.get(base);
    if (same === undefined) bySubject.set(base === "" ? `\0${bySubject.size}` : base, [thread]);
    else same.push(thread);
  }
  return [...bySubject.values()].map(gather).sort(byDate);
}

function gather(threads: readonly Grown[]): Grown {
  const [first] = threads;
  if (threads.length === 1 && first !== undefined) return first;
  // The one that is no answer is what the others answer; where there are several, or none, they stand side by side.
  const originals = threads.filter((thread) => thread.uid !== null && !thread.subject.isReply);
  const [original] = originals;
  if (original === undefined || originals.length > 1 || threads.some((thread) => thread.uid === null)) {
    return dummy(
      threads.flatMap((thread) => (thread.uid === null ? thread.children : [thread])).sort(byDate),
    );
  }
  const answers = threads.filter((thread) => thread !== original);
  return { ...original, children: [...original.children, ...answers].sort(byDate) };
}

/** Several threads under a place without a message; it has the date and the subject of the first of them. */
function dummy(children: readonly Grown[]): Grown {
  const [first] = children;
  return {
    uid: null,
    children,
    sentMs: first?.sentMs ?? 0,
    subject: first?.subject ?? { base: "", isReply: false },
  };
}

function byDate(a: Grown, b: Grown): number {
  return a.sentMs - b.sentMs || (a.uid ?? 0) - (b.uid ?? 0);
}
