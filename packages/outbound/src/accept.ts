import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { LaneQueue } from "@waxwing/queue";
import { type Clock, type Logger, newId } from "@waxwing/runtime";
import {
  createGroupCommit,
  type Database,
  type Domain,
  encodeContent,
  findDomain,
  type IdempotencyKey,
  type Insertion,
  insertMessages,
  type NewMessage,
  type NewRecipient,
  type StoredHeaders,
  type StoredMailbox,
} from "@waxwing/store";
import type { PartsContent } from "./content.ts";
import { siteOf } from "./route.ts";

interface SubmissionOptions {
  readonly projectId: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly priority: Priority;
  readonly sendAtMs: number | null;
  /** How long it is worth delivering, from now; null for as long as WAXWING_MAX_AGE. */
  readonly ttlMs: number | null;
  /** Where the same request was accepted before, its answer is given again and nothing stored. */
  readonly idempotency?: IdempotencyKey;
}

/** A message to compose from its parts (HTTP). */
export interface PartsSubmission extends SubmissionOptions {
  readonly kind: "parts";
  readonly headers: StoredHeaders;
  readonly bcc: readonly StoredMailbox[];
  readonly subject: string;
  readonly content: PartsContent;
}

/** A finished message (SMTP): delivered as it stands, to whom the envelope says. */
export interface MimeSubmission extends SubmissionOptions {
  readonly kind: "mime";
  /** The message's id, made before it was accepted because its Message-ID may name it. */
  readonly id: string;
  readonly from: StoredMailbox;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly mime: Buffer;
}

export type Submission = PartsSubmission | MimeSubmission;

export const PRIORITIES = ["urgent", "standard", "bulk"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What became of a submission. After `accepted` it is durable; after `refused` nothing of it was kept. */
export type Acceptance =
  | {
      readonly kind: "accepted";
      readonly id: string;
      readonly recipients: readonly { readonly id: string; readonly email: string }[];
    }
  | {
      readonly kind: "refused";
      readonly reason: "unverified-domain";
      readonly domain: string;
      /** What the last look at the DNS of the project's own domain said to do; empty where there was none. */
      readonly advice: readonly string[];
    }
  /** The idempotency key was used for another request in the last day. */
  | { readonly kind: "refused"; readonly reason: "key-reused" };

export type Accept = (submission: Submission) => Promise<Acceptance>;

/** How long a domain that was looked up is trusted: a domain taken away stops sending within this time. */
const DOMAIN_CACHE_MS = 5_000;

/**
 * The first stage: takes a message in. Concurrent submissions share one statement (group commit); the lanes of their sites are
 * woken after the commit. A wake-up that fails is logged and left to the sweeper: the message is safe.
 *
 * @throws when the database does not take the message; the caller answers 503 or 451.
 */
export function createAcceptor(options: {
  readonly db: Database;
  readonly lanes: LaneQueue;
  readonly notify: EventNotifier;
  readonly clock: Clock;
  readonly log: Logger;
}): Accept {
  const { db, lanes, notify, clock, log } = options;
  const domainOf = cachedDomains(db, clock);

  const commit = createGroupCommit<NewMessage, Insertion>({
    waitMs: 1,
    maxItems: 200,
    maxWrites: 3,
    write: async (messages) => {
      const insertions = await insertMessages(db, messages);
      const sites = new Set(
        messages.flatMap((message) => message.recipients.map((recipient) => recipient.site)),
      );
      lanes
        .wake(sites)
        .catch((err: unknown) => log.warn({ event: "lane.wake-failed", err, sites: sites.size }));
      notify(new Set(messages.map((message) => message.projectId)));
      return insertions;
    },
  });

  return async (submission) => {
    const from = submission.kind === "parts" ? submission.headers.from : submission.from;
    const domainName = from.address.slice(from.address.lastIndexOf("@") + 1).toLowerCase();
    const domain = await domainOf(domainName);
    if (domain === null || domain.projectId !== submission.projectId || domain.verifiedAt === null) {
      return {
        kind: "refused",
        reason: "unverified-domain",
        domain: domainName,
        advice: adviceOf(domain, submission.projectId),
      };
    }
    const nowMs = clock.now();
    const id = submission.kind === "mime" ? submission.id : newId(nowMs);
    const recipients = recipientsOf(submission);
    const content = await encodeContent(
      submission.projectId,
      submission.kind === "parts" ? Buffer.from(JSON.stringify(submission.content)) : submission.mime,
    );
    const insertion = await commit({
      id,
      projectId: submission.projectId,
      domainId: domain.id,
      contentKind: submission.kind,
      contentHash: content.hash,
      contentZstd: content.zstd,
      sizeBytes: content.sizeBytes,
      headers:
        submission.kind === "parts"
          ? submission.headers
          : { from: submission.from, to: [], cc: [], replyTo: [], custom: [] },
      subject: submission.subject,
      tags: submission.tags,
      metadata: submission.metadata,
      priority: PRIORITIES.indexOf(submission.priority),
      acceptedAtMs: nowMs,
      sendAtMs: submission.sendAtMs,
      expiresAtMs: submission.ttlMs === null ? null : (submission.sendAtMs ?? nowMs) + submission.ttlMs,
      recipients,
      events: recipients.map((recipient) =>
        newEvent(
          { projectId: submission.projectId, messageId: id, ordinal: recipient.ordinal },
          "accepted",
          aboutRecipient({ ...submission, address: recipient.address }),
          nowMs,
        ),
      ),
      ...(submission.idempotency !== undefined && { idempotency: submission.idempotency }),
    });
    switch (insertion.kind) {
      case "stored":
        return acceptance(id, recipients);
      case "duplicate":
        return acceptance(insertion.messageId, insertion.recipients);
      case "key-reused":
        return { kind: "refused", reason: "key-reused" };
    }
  };
}

function acceptance(
  id: string,
  recipients: readonly Pick<NewRecipient, "ordinal" | "address">[],
): Acceptance {
  return {
    kind: "accepted",
    id,
    recipients: recipients.map(({ ordinal, address }) => ({ id: `${id}.${ordinal}`, email: address })),
  };
}

/** Of another project's domain not even its existence is told. */
function adviceOf(domain: Domain | null, projectId: string): readonly string[] {
  if (domain === null || domain.projectId !== projectId) return [];
  const lacking = (domain.lastCheck?.records ?? []).filter(
    ({ purpose, verdict }) => purpose === "dkim" && verdict !== "ok",
  );
  return lacking.map(({ advice }) => advice).filter((advice) => advice !== null);
}

function recipientsOf(submission: Submission): readonly NewRecipient[] {
  const named: readonly { readonly role: NewRecipient["role"]; readonly mailbox: StoredMailbox }[] =
    submission.kind === "mime"
      ? submission.recipients.map((address) => ({ role: "envelope", mailbox: { address } }))
      : [
          ...submission.headers.to.map((mailbox) => ({ role: "to" as const, mailbox })),
          ...submission.headers.cc.map((mailbox) => ({ role: "cc" as const, mailbox })),
          ...submission.bcc.map((mailbox) => ({ role: "bcc" as const, mailbox })),
        ];
  return named.map(({ role, mailbox }, ordinal) => ({
    ordinal,
    role,
    address: mailbox.address,
    ...(mailbox.name !== undefined && { name: mailbox.name }),
    site: siteOf(mailbox.address),
  }));
}

function cachedDomains(db: Database, clock: Clock): (name: string) => Promise<Domain | null> {
  const cache = new Map<string, { readonly domain: Promise<Domain | null>; readonly untilMs: number }>();
  return (name) => {
    const known = cache.get(name);
    if (known !== undefined && known.untilMs > clock.now()) return known.domain;
    // A hostile client can ask for any number of names; what is cached stays bounded.
    if (cache.size >= 10_000) cache.clear();
    const domain = findDomain(db, name);
    cache.set(name, { domain, untilMs: clock.now() + DOMAIN_CACHE_MS });
    domain.catch(() => cache.delete(name));
    return domain;
  };
}
