import type { PartsSubmission, Priority, Submitter } from "./accept.ts";
import { readPool } from "./egress/read-pool.ts";
import { type AttachmentInput, readContent } from "./submission-content.ts";
import { checkSubject, readHeaders } from "./submission-headers.ts";
import {
  createProblemList,
  lineProblem,
  memberPath,
  type Report,
  type SubmissionProblem,
  storedProblem,
} from "./submission-problems.ts";
import { countMailboxes, type MailboxInput, readMailbox, readMailboxes } from "./submission-recipients.ts";
import { readSendTime } from "./submission-time.ts";
import { readTracking, type TrackingInput } from "./submission-tracking.ts";

export type { SubmissionProblem } from "./submission-problems.ts";

/** The body of `POST /send` (DESIGN section 1.3) after its schema was checked: the types hold, nothing else is known. */
export interface SubmissionBody extends TrackingInput {
  readonly from: MailboxInput;
  readonly to: MailboxInput | readonly MailboxInput[];
  readonly cc?: MailboxInput | readonly MailboxInput[] | undefined;
  readonly bcc?: MailboxInput | readonly MailboxInput[] | undefined;
  readonly reply_to?: MailboxInput | readonly MailboxInput[] | undefined;
  readonly subject: string;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly attachments?: readonly AttachmentInput[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly send_at?: string | undefined;
  readonly ttl_seconds?: number | undefined;
  readonly priority?: Priority | undefined;
  readonly pool?: string | undefined;
}

/** The answer of {@link readSubmission}. `invalid` has every problem found, at most 100. */
export type SubmissionReading =
  | { readonly kind: "submission"; readonly submission: PartsSubmission }
  | { readonly kind: "invalid"; readonly errors: readonly SubmissionProblem[] }
  | { readonly kind: "too-large"; readonly sizeBytes: number; readonly limitBytes: number };

/** What a submission may hold. The schema of the API states the same numbers; a change belongs in both. */
export const submissionLimits = {
  /** Text, html and decoded attachments: SendGrid's 30 MB. */
  messageBytes: 30 * 1024 * 1024,
  /** to, cc and bcc together. */
  recipients: 1_000,
  tags: 10,
  tagChars: 255,
  /** Names and values together, UTF-8. */
  metadataBytes: 10_000,
  /** 30 days. */
  ttlSeconds: 2_592_000,
} as const;

/**
 * Turns the body of `POST /send` into a submission. Whatever could not be composed, stored or delivered because of how it is
 * written is found here: after this, only the world outside can refuse the message.
 *
 * @param submitter the API key that hands it in
 * @param nowMs Unix time in ms, for `send_at`
 */
export function readSubmission(body: SubmissionBody, submitter: Submitter, nowMs: number): SubmissionReading {
  const { problems, report } = createProblemList();
  const from = readMailbox(body.from, "from", report);
  checkRecipientCount(body, report);
  const to = readMailboxes(body.to, "to", report);
  const cc = readMailboxes(body.cc, "cc", report);
  const bcc = readMailboxes(body.bcc, "bcc", report);
  const replyTo = readMailboxes(body.reply_to, "reply_to", report);
  if (body.track?.replies === true && countMailboxes(body.reply_to) > 0)
    report("reply_to", "cannot stand beside track.replies: answers come to this platform then");
  checkSubject(body.subject, report);
  const { content, sizeBytes } = readContent(body, report);
  const custom = readHeaders(body.headers ?? {}, report);
  const { tags = [], metadata = {} } = body;
  checkTags(tags, report);
  checkMetadata(metadata, report);
  const sendAtMs = sendAtOf(body, nowMs, report);
  const ttlMs = ttlOf(body, report);
  const pool = body.pool === undefined ? undefined : readPool(body.pool, "pool", report);
  if (from === undefined || problems.length > 0) return { kind: "invalid", errors: problems };
  if (sizeBytes > submissionLimits.messageBytes) {
    return { kind: "too-large", sizeBytes, limitBytes: submissionLimits.messageBytes };
  }
  return {
    kind: "submission",
    submission: {
      kind: "parts",
      projectId: submitter.projectId,
      keyId: submitter.keyId,
      options: { ...readTracking(body), ...(pool !== undefined && { pool }) },
      headers: { from, to, cc, replyTo, custom },
      bcc,
      subject: body.subject,
      content,
      tags,
      metadata,
      priority: body.priority ?? "standard",
      sendAtMs,
      ttlMs,
    },
  };
}

function checkRecipientCount(body: SubmissionBody, report: Report): void {
  if (countMailboxes(body.to) === 0) report("to", "must name at least one recipient");
  const count = countMailboxes(body.to) + countMailboxes(body.cc) + countMailboxes(body.bcc);
  if (count <= submissionLimits.recipients) return;
  report("to", `with cc and bcc has ${count} recipients; at most ${submissionLimits.recipients} are allowed`);
}

function checkTags(tags: readonly string[], report: Report): void {
  if (tags.length > submissionLimits.tags) report("tags", `must have at most ${submissionLimits.tags} items`);
  for (const [index, tag] of tags.slice(0, submissionLimits.tags).entries()) {
    const problem =
      tag === ""
        ? "is empty"
        : tag.length > submissionLimits.tagChars
          ? `is over ${submissionLimits.tagChars} characters long`
          : lineProblem(tag);
    if (problem !== undefined) report(`tags[${index}]`, problem);
  }
}

function checkMetadata(metadata: Readonly<Record<string, string>>, report: Report): void {
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    const problem = storedProblem(name) ?? storedProblem(value);
    if (problem !== undefined) report(memberPath("metadata", name), problem);
  }
  if (sizeBytes <= submissionLimits.metadataBytes) return;
  report("metadata", `must have at most ${submissionLimits.metadataBytes} bytes in all, not ${sizeBytes}`);
}

function sendAtOf(body: SubmissionBody, nowMs: number, report: Report): number | null {
  if (body.send_at === undefined) return null;
  const time = readSendTime(body.send_at, nowMs);
  if (time.kind === "time") return time.sendAtMs;
  report("send_at", time.reason);
  return null;
}

function ttlOf(body: SubmissionBody, report: Report): number | null {
  const { ttl_seconds: ttlSeconds } = body;
  if (ttlSeconds === undefined) return null;
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > submissionLimits.ttlSeconds) {
    report("ttl_seconds", `must be a whole number from 1 to ${submissionLimits.ttlSeconds}`);
    return null;
  }
  return ttlSeconds * 1_000;
}
