import type { FolderId, MailboxSession, MessageRow } from "../mailbox-session.ts";
import { baseSubject } from "./base-subject.ts";
import { fieldValues } from "./search-text.ts";
import { sentDateMs } from "./sent-date.ts";
import { threadByReferences } from "./thread-references.ts";
import type { ThreadAlgorithm, ThreadNode } from "./thread-tree.ts";

/** What threading looks at. */
export interface ThreadedMessage {
  readonly uid: number;
  readonly sentMs: number;
  readonly subject: { readonly base: string; readonly isReply: boolean };
  /** Without angle brackets; null: none that can be read. */
  readonly messageId: string | null;
  /** The ancestors, the oldest first (RFC 5256 §3). */
  readonly references: readonly string[];
}

/** Ancestors of a message that are looked at: the nearest ones. */
const MAX_REFERENCES = 100;

/** `MailboxSession.thread` for a backend without one (RFC 5256 §3): fetches headers, and no bodies. */
export async function threadByFetch(
  session: Pick<MailboxSession, "fetch">,
  folder: FolderId,
  algorithm: ThreadAlgorithm,
  uids: readonly number[],
): Promise<readonly ThreadNode[]> {
  const raw = algorithm === "REFERENCES" ? "header" : "none";
  const messages: ThreadedMessage[] = [];
  const wanted = { envelope: true, bodyStructure: false, raw } as const;
  for await (const rows of session.fetch(folder, uids, wanted))
    for (const row of rows) messages.push(threadedMessage(row));
  if (algorithm === "REFERENCES") return threadByReferences(messages);
  return threadBySubject(messages.sort((a, b) => a.sentMs - b.sentMs || a.uid - b.uid));
}

function threadedMessage({ uid, envelope, internalDate, raw }: MessageRow): ThreadedMessage {
  const [references = ""] = raw === undefined ? [] : fieldValues(raw, "references");
  const ancestors = messageIds(references);
  return {
    uid,
    sentMs: sentDateMs(envelope?.date, internalDate),
    subject: baseSubject(envelope?.subject ?? null),
    messageId: messageIds(envelope?.messageId ?? "")[0] ?? null,
    // RFC 5256 §3: In-Reply-To, and only its first id, where there are no References.
    references: ancestors.length > 0 ? ancestors : messageIds(envelope?.inReplyTo ?? "").slice(0, 1),
  };
}

/** ORDEREDSUBJECT: one thread for each base subject, everything after its first message an answer to that. `messages` by date. */
function threadBySubject(messages: readonly ThreadedMessage[]): readonly ThreadNode[] {
  const threads = new Map<string, { uid: number; children: ThreadNode[] }>();
  for (const { uid, subject } of messages) {
    const thread = threads.get(subject.base);
    if (thread === undefined) threads.set(subject.base, { uid, children: [] });
    else thread.children.push({ uid, children: [] });
  }
  return [...threads.values()];
}

function messageIds(field: string): string[] {
  return [...field.slice(-20_000).matchAll(/<([^<>\s]{1,500})>/g)]
    .slice(-MAX_REFERENCES)
    .map(([, id]) => id ?? "");
}
