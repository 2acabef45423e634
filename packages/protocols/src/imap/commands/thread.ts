import type { SelectedCall } from "../command-row.ts";
import { bad } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";
import type { NumberKind } from "../message-set.ts";
import { parseSearchKeys } from "../search-parse.ts";
import { threadByFetch } from "../thread-messages.ts";
import type { ThreadNode } from "../thread-tree.ts";

/** THREAD (RFC 5256 §3) by ORDEREDSUBJECT or REFERENCES. */
export function thread(kind: NumberKind) {
  return async ({ io, args, session, folder }: SelectedCall): Promise<Completion> => {
    args.sp();
    const algorithm = args.atom().toUpperCase();
    if (algorithm !== "ORDEREDSUBJECT" && algorithm !== "REFERENCES") throw bad("Unknown THREAD algorithm");
    args.sp();
    const { key } = parseSearchKeys(io, args, folder, "required");
    const matches = await session.search(folder.id, key, folder.map.uids());
    const uids = matches.filter((uid) => folder.map.has(uid));
    const threads =
      session.thread === undefined
        ? await threadByFetch(session, folder.id, algorithm, uids)
        : await session.thread(folder.id, algorithm, uids);
    const numberOf = (uid: number) => (kind === "uid" ? uid : (folder.map.sequenceOf(uid) ?? 0));
    io.untagged(threads.length === 0 ? "THREAD" : `THREAD ${formatThreads(threads, numberOf)}`);
    return ok("THREAD completed");
  };
}

/** `thread-list` (RFC 5256 §5). Without recursion: answers to answers may go as deep as the folder has messages. */
function formatThreads(threads: readonly ThreadNode[], numberOf: (uid: number) => number): string {
  const pieces: string[] = [];
  const open: (ThreadNode | ")")[] = [...threads].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === ")") {
      pieces.push(")");
      continue;
    }
    const line: number[] = [];
    let node: ThreadNode = next;
    for (;;) {
      if (node.uid !== null) line.push(numberOf(node.uid));
      const [only] = node.children;
      if (node.children.length !== 1 || only === undefined) break;
      node = only;
    }
    pieces.push(`(${line.join(" ")}`);
    if (node.children.length > 0 && line.length > 0) pieces.push(" ");
    open.push(")", ...[...node.children].reverse());
  }
  return pieces.join("");
}
