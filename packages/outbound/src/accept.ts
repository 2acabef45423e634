import { setImmediate as nextTurn } from "node:timers/promises";
import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { LaneQueue } from "@waxwing/queue";
import { type Clock, type Logger, newId } from "@waxwing/runtime";
import {
  createDailyQuotas,
  createGroupCommit,
  type Database,
  type Domain,
  findFirstAnswers,
  type IdempotencyKey,
  type Insertion,
  insertMessages,
  type NewMessage,
  type NewRecipient,
  type QuotaExcess,
  type QuotaGrant,
  type StoredHeaders,
  type StoredMailbox,
  type StoredOptions,
} from "@waxwing/store";
import { cachedDomains } from "./cached-domains.ts";
import type { PartsContent } from "./content.ts";
import { createPoolCheck } from "./egress/check-pool.ts";
import { laneKey } from "./egress/lane-key.ts";
import { type Handover, insertAndHandOver } from "./handover.ts";
import { optionsOf, type PrepareContent, prepareContent, sharedContents } from "./prepare-content.ts";
import type { RecentContents } from "./recent-contents.ts";
import { domainsAsSites, type KnownSites } from "./routing/known-sites.ts";
import { siteOf } from "./routing/site-name.ts";

/** Who hands a message in. */
export interface Submitter {
  readonly projectId: string;
  /** The API key or SMTP credential; null for what the platform sends by itself. */
  readonly keyId: string | null;
}

interface SubmissionOptions extends Submitter {
  readonly options: StoredOptions;
  /** What the messages of one request share. */
  readonly requestId?: string;
  /** Messages of a batch are paused and cancelled together. */
  readonly batchId?: string;
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
  /** Message-ID that the message brought, with angle brackets: answers will name it. */
  readonly messageId?: string;
  /** Whom To names in place of what the message says; empty: To and Cc stay as they are. */
  readonly to: readonly StoredMailbox[];
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly mime: Buffer;
}

export type Submission = PartsSubmission | MimeSubmission;

export const PRIORITIES = ["urgent", "standard", "bulk"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** A message that is durable now. */
interface AcceptedMessage {
  readonly id: string;
  readonly recipients: readonly { readonly id: string; readonly email: string }[];
}

/** Why a submission was not taken; nothing of it was kept. */
export type SubmissionRefusal =
  | {
      readonly kind: "refused";
      readonly reason: "unverified-domain";
      readonly domain: string;
      /** What the last look at the DNS of the project's own domain said to do; empty where there was none. */
      readonly advice: readonly string[];
    }
  /** The idempotency key was used for another request in the last day. */
  | { readonly kind: "refused"; readonly reason: "key-reused" }
  /** The key or the project has sent to as many recipients today as it may. */
  | { readonly kind: "refused"; readonly reason: "quota-exceeded"; readonly excess: QuotaExcess }
  /** There is no egress pool of this name, or it is not for this project. */
  | { readonly kind: "refused"; readonly reason: "unknown-pool"; readonly pool: string };

/** What became of a submission. */
export type Acceptance = ({ readonly kind: "accepted" } & AcceptedMessage) | SubmissionRefusal;

export type Accept = (submission: Submission) => Promise<Acceptance>;

/** What became of submissions that belong together: all are durable, in their order, or none was kept. */
export type JointAcceptance =
  | { readonly kind: "accepted"; readonly messages: readonly AcceptedMessage[] }
  | SubmissionRefusal;

export type AcceptTogether = (submissions: readonly Submission[]) => Promise<JointAcceptance>;

/** The door to the store, for one message and for several of which none may be lost alone. */
export interface Acceptor {
  readonly accept: Accept;
  readonly acceptTogether: AcceptTogether;
}

/** Messages that belong together prepared in one turn of the event loop. */
const MESSAGES_PER_TURN = 100;

/**
 * The first stage: takes messages in. Concurrent submissions share one statement (group commit); those that belong together have one
 * of their own. The lanes of their sites are woken after the commit. A wake-up that fails is logged and left to the sweeper: the
 * message is safe.
 *
 * @param options.sites finds the lanes that recipients belong to; each domain has its own when absent
 * @param options.recent is given the contents; where lanes run in the same process they find them there
 * @param options.handover to the lanes of the same process
 * @throws when the database does not take the message; the caller answers 503 or 451.
 */
export function createAcceptor(options: {
  readonly db: Database;
  readonly recent?: RecentContents | null;
  readonly handover?: Handover | null;
  readonly sites?: KnownSites;
  readonly lanes: LaneQueue;
  readonly notify: EventNotifier;
  readonly clock: Clock;
  readonly log: Logger;
}): Acceptor {
  const { db, lanes, notify, clock, log, handover = null, recent = null, sites = domainsAsSites } = options;
  const domainOf = cachedDomains(db, clock);
  const takeQuota = createDailyQuotas({ db, clock });

  const write = async (messages: readonly NewMessage[]): Promise<readonly Insertion[]> => {
    const { insertions, sites } =
      handover === null
        ? { insertions: await insertMessages(db, messages), sites: sitesOf(messages) }
        : await insertAndHandOver(db, handover, messages);
    if (sites.size > 0) {
      lanes
        .wake(sites)
        .catch((err: unknown) => log.warn({ event: "lane.wake-failed", err, sites: sites.size }));
    }
    notify(new Set(messages.map((message) => message.projectId)));
    return insertions;
  };
  const commit = createGroupCommit<NewMessage, Insertion>({
    waitMs: 1,
    maxItems: 200,
    maxWrites: 3,
    patienceMs: 100,
    write,
  });

  /** The project's own verified domain that the submission is sent from. */
  const senderOf = async (submission: Submission): Promise<Domain | SubmissionRefusal> => {
    const from = submission.kind === "parts" ? submission.headers.from : submission.from;
    const name = from.address.slice(from.address.lastIndexOf("@") + 1).toLowerCase();
    const domain = await domainOf(submission.projectId, name);
    if (domain !== null && domain.verifiedAt !== null) return domain;
    return { kind: "refused", reason: "unverified-domain", domain: name, advice: adviceOf(domain) };
  };

  const poolRefusal = createPoolCheck({ db, clock });

  /** Stores what was counted; recipients that were not stored are taken off the count again. */
  const counted = async <Stored>(
    grant: Extract<QuotaGrant, { kind: "granted" }>,
    store: () => Promise<Stored>,
    isStored: (stored: Stored) => boolean,
  ): Promise<Stored> => {
    const giveBack = (): Promise<void> =>
      grant.giveBack().catch((err: unknown) => log.warn({ event: "quota.give-back-failed", err }));
    const stored = await store().catch(async (error: unknown) => {
      await giveBack();
      throw error;
    });
    if (!isStored(stored)) await giveBack();
    return stored;
  };

  /** For the lanes of this process, before one of them can be told of the message. */
  const keepContent = (submission: Submission, message: NewMessage): void => {
    if (message.sendAtMs !== null) return;
    const content = submission.kind === "mime" ? submission.mime : submission.content;
    recent?.keep(message.contentHash, content, message.sizeBytes, message.recipients.length);
  };

  return {
    accept: async (submission) => {
      const domain = await senderOf(submission);
      if ("reason" in domain) return domain;
      const wrongPool = await poolRefusal(submission);
      if (wrongPool !== null) return wrongPool;
      const siteOfDomain = await sites(submission.projectId, recipientDomains(submission));
      const message = await newMessage(submission, domain.id, siteOfDomain, clock.now(), prepareContent);
      const grant = await takeQuota(submission, message.recipients.length);
      if (grant.kind === "exceeded") {
        // What was accepted before is answered again, however little may still be accepted.
        const known = message.idempotency && (await findFirstAnswers(db, [message])).get(message.id);
        return known?.kind === "duplicate"
          ? { kind: "accepted", ...answerOf(known.messageId, known.recipients) }
          : { kind: "refused", reason: "quota-exceeded", excess: grant.excess };
      }
      keepContent(submission, message);
      const insertion = await counted(
        grant,
        () => commit(message),
        ({ kind }) => kind === "stored",
      );
      switch (insertion.kind) {
        case "stored":
          return { kind: "accepted", ...answerOf(message.id, message.recipients) };
        case "duplicate":
          return { kind: "accepted", ...answerOf(insertion.messageId, insertion.recipients) };
        case "key-reused":
          return { kind: "refused", reason: "key-reused" };
      }
    },
    acceptTogether: async (submissions) => {
      const messages: NewMessage[] = [];
      const prepare = sharedContents();
      // Asked for all at once: one after the other, a thousand unknown domains would be a thousand look-ups.
      const domains = submissions.flatMap(recipientDomains);
      const siteOfDomain = await sites(submissions[0]?.projectId ?? "", domains);
      for (const [index, submission] of submissions.entries()) {
        if (submission.idempotency !== undefined) throw new Error("a key belongs to one message");
        if (index > 0 && index % MESSAGES_PER_TURN === 0) await nextTurn();
        const domain = await senderOf(submission);
        if ("reason" in domain) return domain;
        const wrongPool = await poolRefusal(submission);
        if (wrongPool !== null) return wrongPool;
        const message = await newMessage(submission, domain.id, siteOfDomain, clock.now(), prepare);
        keepContent(submission, message);
        messages.push(message);
      }
      const [first] = submissions;
      if (first !== undefined) {
        if (
          submissions.some(({ projectId, keyId }) => projectId !== first.projectId || keyId !== first.keyId)
        )
          throw new Error("what is accepted together comes from one submitter");
        const recipients = messages.reduce((sum, message) => sum + message.recipients.length, 0);
        const grant = await takeQuota(first, recipients);
        if (grant.kind === "exceeded")
          return { kind: "refused", reason: "quota-exceeded", excess: grant.excess };
        await counted(
          grant,
          () => write(messages),
          () => true,
        );
      }
      return {
        kind: "accepted",
        messages: messages.map(({ id, recipients }) => answerOf(id, recipients)),
      };
    },
  };
}

/** The rows of a submission. */
async function newMessage(
  submission: Submission,
  domainId: string,
  siteOfDomain: (domain: string) => string,
  nowMs: number,
  prepare: PrepareContent,
): Promise<NewMessage> {
  const { projectId, sendAtMs, ttlMs, idempotency } = submission;
  const id = submission.kind === "mime" ? submission.id : newId(nowMs);
  const recipients = recipientsOf(submission, siteOfDomain);
  const content = await prepare(submission);
  return {
    id,
    projectId,
    domainId,
    contentKind: submission.kind,
    contentHash: content.hash,
    contentZstd: content.zstd,
    sizeBytes: content.sizeBytes,
    headers:
      submission.kind === "parts"
        ? submission.headers
        : {
            from: submission.from,
            to: submission.to,
            cc: [],
            replyTo: [],
            custom: [],
            ...(submission.messageId !== undefined && { messageId: submission.messageId }),
          },
    subject: submission.subject,
    tags: submission.tags,
    metadata: submission.metadata,
    priority: PRIORITIES.indexOf(submission.priority),
    acceptedAtMs: nowMs,
    sendAtMs,
    expiresAtMs: ttlMs === null ? null : (sendAtMs ?? nowMs) + ttlMs,
    options: optionsOf(submission, content),
    requestId: submission.requestId ?? null,
    batchId: submission.batchId ?? null,
    recipients,
    events: recipients.map((recipient) =>
      newEvent(
        { projectId, messageId: id, ordinal: recipient.ordinal },
        "accepted",
        aboutRecipient({ ...submission, address: recipient.address }),
        nowMs,
      ),
    ),
    ...(idempotency !== undefined && { idempotency }),
  };
}

const sitesOf = (messages: readonly NewMessage[]): Set<string> =>
  new Set(messages.flatMap((message) => message.recipients.map((recipient) => recipient.site)));

function answerOf(
  id: string,
  recipients: readonly Pick<NewRecipient, "ordinal" | "address">[],
): AcceptedMessage {
  return {
    id,
    recipients: recipients.map(({ ordinal, address }) => ({ id: `${id}.${ordinal}`, email: address })),
  };
}

function adviceOf(domain: Domain | null): readonly string[] {
  const lacking = (domain?.lastCheck?.records ?? []).filter(
    ({ purpose, verdict }) => purpose === "dkim" && verdict !== "ok",
  );
  return lacking.map(({ advice }) => advice).filter((advice) => advice !== null);
}

type NamedRecipients = readonly {
  readonly role: NewRecipient["role"];
  readonly mailbox: StoredMailbox;
}[];

function recipientDomains(submission: Submission): readonly string[] {
  return namedRecipients(submission).map(({ mailbox }) => siteOf(mailbox.address));
}

function namedRecipients(submission: Submission): NamedRecipients {
  return submission.kind === "mime"
    ? submission.recipients.map((address) => ({ role: "envelope", mailbox: { address } }))
    : [
        ...submission.headers.to.map((mailbox) => ({ role: "to" as const, mailbox })),
        ...submission.headers.cc.map((mailbox) => ({ role: "cc" as const, mailbox })),
        ...submission.bcc.map((mailbox) => ({ role: "bcc" as const, mailbox })),
      ];
}

function recipientsOf(
  submission: Submission,
  siteOfDomain: (domain: string) => string,
): readonly NewRecipient[] {
  return namedRecipients(submission).map(({ role, mailbox }, ordinal) => ({
    ordinal,
    role,
    address: mailbox.address,
    ...(mailbox.name !== undefined && { name: mailbox.name }),
    site: laneKey(siteOfDomain(siteOf(mailbox.address)), submission.options.pool),
  }));
}
