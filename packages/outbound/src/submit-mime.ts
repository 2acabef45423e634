import { formatDate, parseMailbox, parseMessageIds, readField } from "@waxwing/message";
import { newId } from "@waxwing/runtime";
import type { StoredOptions } from "@waxwing/store";
import type { MimeSubmission, Submitter } from "./accept.ts";
import { messageIdOf } from "./compose.ts";
import { mimeFingerprint } from "./mime-fingerprint.ts";
import type { OpenTemplate } from "./render-template.ts";
import { createProblemList } from "./submission-problems.ts";
import { addressees } from "./submit/addressees.ts";
import { type DsnEnvelope, dsnRequest } from "./submit/dsn-request.ts";
import { readTwins } from "./submit/header-twins.ts";
import { addFooter } from "./submit/message-texts.ts";
import { type MimeRefusal, refused, refusedFor } from "./submit/mime-refusal.ts";
import { placeTemplate } from "./submit/place-template.ts";
import { readSmtpApi, type SmtpApi } from "./submit/smtpapi.ts";
import { readHeader, readSender, readValue, type SubmittedHeader } from "./submit/submitted-header.ts";
import type { Wishes } from "./submit/wishes.ts";
import { saysTlsIsOptional } from "./tls/tls-required-field.ts";

export type { MimeRefusal } from "./submit/mime-refusal.ts";

/** What an authenticated SMTP session hands in. */
export interface MimeInput {
  /** As sent: every line ends in CRLF. */
  readonly raw: Buffer;
  /** Its recipients `readMimeRecipient` has taken; they decide who gets the message, the header does not. */
  readonly envelope: {
    readonly sender: DsnEnvelope["sender"] & { readonly requireTls: boolean };
    readonly recipients: readonly (DsnEnvelope["recipients"][number] & { readonly address: string })[];
  };
  readonly submitter: Submitter;
  readonly nowMs: number;
  /** Ours. */
  readonly hostname: string;
  /** The session: its id and the `with` word of RFC 3848. */
  readonly remote: { readonly sessionId: string; readonly protocol: string };
}

/** What a message may name, looked up in the submitter's project. */
export interface MimeLookups {
  readonly openTemplate: OpenTemplate;
  readonly hasGroup: (projectId: string, groupId: number) => Promise<boolean>;
  readonly hasBatch: (projectId: string, batchId: string) => Promise<boolean>;
  /** Whether the project has proved this domain. */
  readonly ownsDomain: (projectId: string, domain: string) => Promise<boolean>;
}

/** RFC 5322 §2.1.1: the longest line that may be sent; what the store shows of a subject need not be longer. */
const MAX_SUBJECT_CHARS = 998;
/** A larger field is no list of wishes; SendGrid's own limit is lower. */
const MAX_SMTPAPI_BYTES = 1024 * 1024;

/**
 * Reads the address of a RCPT TO.
 *
 * @returns the address to deliver to, its domain in lower-case A-labels; or 550 5.1.3 with what is wrong with it.
 */
export function readMimeRecipient(
  forwardPath: string,
): { readonly kind: "recipient"; readonly address: string } | MimeRefusal {
  const parsed = parseMailbox(forwardPath);
  if (parsed.kind === "invalid") return refused(550, "5.1.3", `The address ${parsed.reason}`);
  return { kind: "recipient", address: parsed.address };
}

/**
 * Makes submissions of a finished message: one, or with `X-SMTPAPI` one for each recipient it names. The message is kept byte for
 * byte, apart from what RFC 6409 §8 lets a submission server do (a Received field on top, Date and Message-ID where there are none,
 * no Bcc), from the fields that are for us and go no further (Idempotency-Key, X-SMTPAPI, X-Waxwing-*), and from what these ask for.
 *
 * @returns the submissions, which belong together; 550 5.6.0 when the header does not name exactly one sender, cannot be read as a
 *   header, or asks for what cannot be, all of it named; 550 5.1.3 for a recipient; 554 5.4.6 for a message in a loop. Whether the
 *   sender's domain may send is the acceptor's question.
 * @throws when a look-up does.
 */
export async function readMimeSubmission(
  input: MimeInput,
  lookups: MimeLookups,
): Promise<{ readonly kind: "submissions"; readonly submissions: readonly MimeSubmission[] } | MimeRefusal> {
  const { raw, envelope, submitter, nowMs } = input;
  const header = readHeader(raw);
  if (header.kind === "refused") return header;
  const from = readSender(raw, header.from);
  if (from.kind === "refused") return from;
  const recipients: string[] = [];
  for (const { address } of envelope.recipients) {
    const recipient = readMimeRecipient(address);
    if (recipient.kind === "refused") return recipient;
    recipients.push(recipient.address);
  }
  const key = readKey(raw, header);
  if (key !== null && typeof key !== "string") return key;
  const asked = await readWishes(input, header, lookups);
  if ("code" in asked) return asked;
  const { wishes, api } = asked;

  const id = newId(nowMs);
  const subject = header.subject === null ? "" : readValue(raw, header.subject);
  const plain = completeMime(input, header, messageIdOf(id, from.address));
  const placed =
    wishes.template === undefined
      ? { mime: plain, subject }
      : await placeTemplate(plain, wishes.template, submitter.projectId, lookups.openTemplate, id);
  if ("field" in placed) return refusedFor([placed]);
  const mime = wishes.footer === undefined ? placed.mime : addFooter(placed.mime, wishes.footer);

  const divided = addressees({ api, recipients, subject: placed.subject, mime });
  if ("field" in divided) return refusedFor([divided]);
  const { messages } = divided;
  if (key !== null && messages.length > 1) {
    return refused(
      550,
      "5.6.0",
      "Idempotency-Key cannot stand beside an X-SMTPAPI that makes several messages",
    );
  }
  const returnTo = await reportAddress(input, lookups);
  const options: StoredOptions = {
    ...optionsOf(wishes),
    ...(envelope.sender.requireTls && { requireTls: true }),
    ...(asksNoTls(raw, header) && { tlsOptional: true }),
    // What was asked for one RCPT TO says nothing of addresses that came another way.
    ...dsnRequest(
      api?.to === undefined || api.to === null ? envelope : { ...envelope, recipients: [] },
      returnTo,
    ),
  };
  const { blindCopy } = wishes;
  return {
    kind: "submissions",
    submissions: messages.map((message, index) => ({
      kind: "mime",
      id: index === 0 ? id : newId(nowMs),
      projectId: submitter.projectId,
      keyId: submitter.keyId,
      options: {
        ...options,
        ...(message.substitutions !== undefined && { substitutions: message.substitutions }),
      },
      from: { address: from.address, ...(from.name !== undefined && { name: from.name }) },
      to: message.to,
      ...ownMessageId(raw, header),
      recipients: [
        ...message.recipients,
        ...(blindCopy === undefined || message.recipients.includes(blindCopy) ? [] : [blindCopy]),
      ],
      subject: message.subject.slice(0, MAX_SUBJECT_CHARS).toWellFormed(),
      mime,
      tags: wishes.tags ?? [],
      metadata: wishes.metadata ?? {},
      priority: wishes.priority ?? "standard",
      sendAtMs: message.sendAtMs === undefined ? (wishes.sendAtMs ?? null) : message.sendAtMs,
      ttlMs: wishes.ttlMs ?? null,
      ...(messages.length > 1 && { requestId: id }),
      ...(wishes.batchId !== undefined && { batchId: wishes.batchId }),
      ...(key !== null && {
        idempotency: { key, item: -1, requestHash: mimeFingerprint(raw, recipients) },
      }),
    })),
  };
}

/** Reads X-SMTPAPI and the X-Waxwing-* fields, which stand before it where both say something. */
async function readWishes(
  { raw, submitter, nowMs }: MimeInput,
  header: SubmittedHeader,
  lookups: MimeLookups,
): Promise<{ readonly wishes: Wishes; readonly api: SmtpApi | null } | MimeRefusal> {
  const { problems, report } = createProblemList();
  // SendGrid: the first field counts.
  const [first] = header.smtpApis;
  let api: SmtpApi | null = null;
  if (first !== undefined && first.end - first.start > MAX_SMTPAPI_BYTES) {
    report("X-SMTPAPI", `must have at most ${MAX_SMTPAPI_BYTES} bytes`);
  } else if (first !== undefined) api = readSmtpApi(readValue(raw, first), nowMs, report);
  const twins = header.twins.map(
    (range) =>
      [
        raw.toString("latin1", range.start, Math.min(range.colon, range.start + 80)).trimEnd(),
        readValue(raw, range),
      ] as const,
  );
  const wishes: Wishes = { ...api?.wishes, ...readTwins(twins, nowMs, report) };
  if (wishes.track?.replies === true && header.hasReplyTo) {
    report("X-Waxwing-Track", "replies cannot stand beside a Reply-To: answers come to this platform then");
  }
  const { projectId } = submitter;
  const { group, show = [] } = wishes.unsubscribe ?? {};
  for (const id of new Set([...(group === undefined ? [] : [group]), ...show])) {
    if (problems.length > 0 || (await lookups.hasGroup(projectId, id))) continue;
    report("The unsubscribe group", `${id} is not there`);
  }
  if (wishes.batchId !== undefined && !(await lookups.hasBatch(projectId, wishes.batchId))) {
    report("X-Waxwing-Batch", "names no batch of this project");
  }
  return problems.length > 0 ? refusedFor(problems) : { wishes, api };
}

function optionsOf({ track, unsubscribe, bypass, pool, requireTls }: Wishes): StoredOptions {
  return {
    ...(track !== undefined && { track }),
    ...(unsubscribe !== undefined && { unsubscribe }),
    ...(bypass !== undefined && { bypass }),
    ...(pool !== undefined && { pool }),
    ...(requireTls !== undefined && { requireTls }),
  };
}

/** RFC 8689 §5: a message says it once. */
function asksNoTls(raw: Buffer, { tlsRequired }: SubmittedHeader): boolean {
  const [field, ...others] = tlsRequired;
  return field !== undefined && others.length === 0 && saysTlsIsOptional(readValue(raw, field));
}

/** What a longer one holds cannot be an id that anybody repeats (RFC 5322 §2.1.1). */
const MAX_MESSAGE_ID_BYTES = 998;

function ownMessageId(raw: Buffer, { messageId }: SubmittedHeader): { readonly messageId?: string } {
  if (messageId === null || messageId.end - messageId.start > MAX_MESSAGE_ID_BYTES) return {};
  const [id] = parseMessageIds(readField(raw, messageId).value);
  return id === undefined || /[^\x21-\x7e]/.test(id) ? {} : { messageId: id };
}

/** Where reports go: see {@link dsnRequest}. */
async function reportAddress(
  { envelope, submitter }: MimeInput,
  { ownsDomain }: MimeLookups,
): Promise<string | null> {
  const sender = parseMailbox(envelope.sender.address);
  if (sender.kind === "invalid") return null;
  return (await ownsDomain(submitter.projectId, sender.domain)) ? sender.address : null;
}

/** The key of a submission that may be repeated, or null; the same characters as in the API. */
function readKey(raw: Buffer, { keys }: SubmittedHeader): string | null | MimeRefusal {
  const [field, ...others] = keys;
  if (field === undefined) return null;
  const key = field.end - field.start > 1_000 ? "" : readValue(raw, field).trim();
  if (others.length > 0 || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    return refused(550, "5.6.0", "The message must have one Idempotency-Key of 1 to 255 visible characters");
  }
  return key;
}

function completeMime(input: MimeInput, header: SubmittedHeader, messageId: string): Buffer {
  const { raw, nowMs, hostname, remote } = input;
  const date = formatDate(new Date(nowMs));
  const added = [
    // Deviation: RFC 5321 §4.4 wants the client's name and address here. They tell every recipient where the sender sits, and
    // whoever may see them finds the session in the log by its id.
    `Received: from authenticated-client by ${hostname}\r\n with ${remote.protocol} id ${remote.sessionId};\r\n ${date}\r\n`,
    ...(header.hasDate ? [] : [`Date: ${date}\r\n`]), // RFC 6409 §8.2
    ...(header.messageId !== null ? [] : [`Message-ID: <${messageId}>\r\n`]), // RFC 6409 §8.3
  ];
  const pieces: Buffer[] = [Buffer.from(added.join(""))];
  // RFC 5321 Appendix B: the submitter's copy may name them, but this same message goes to everybody, and every To and Cc
  // recipient would read who was meant to be hidden. The envelope has them already.
  let from = 0;
  for (const range of header.hidden) {
    pieces.push(raw.subarray(from, range.start));
    from = range.end;
  }
  pieces.push(raw.subarray(from));
  return Buffer.concat(pieces);
}
