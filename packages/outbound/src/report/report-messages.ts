import { composeReport } from "@waxwing/message";
import { idTimeMs, newId } from "@waxwing/runtime";
import {
  type ClaimedRecipient,
  type Database,
  decodeContent,
  encodeContent,
  findProjectDomainByName,
  loadContents,
  type NewMessage,
  type RecipientRef,
} from "@waxwing/store";
import { siteOf } from "../routing/site-name.ts";
import { decodeXtext, type Reported } from "./due-report.ts";

/** One recipient's report that is due. */
export interface DueReport {
  readonly recipient: ClaimedRecipient;
  readonly reported: Reported;
}

/** A larger message comes back as its header, whatever RET says: an attachment that was sent is no news to its sender. */
const MAX_RETURNED_BYTES = 1024 * 1024;

/** Writes the reports of those recipients whose outcomes were kept. */
export type WriteReports = (
  isKept: (recipient: RecipientRef) => boolean,
  our: { readonly hostname: string; readonly nowMs: number; readonly maxAgeMs: number },
) => Promise<readonly NewMessage[]>;

interface Reportable {
  readonly reports: readonly DueReport[];
  readonly returnTo: string;
  readonly domainId: string;
  readonly zstd: Buffer | undefined;
}

/**
 * Prepares the reports that are due at one time, one for each message however many of its recipients are in it. Everything that is
 * looked up is looked up here, so that the transaction they are stored in does not wait for it.
 *
 * A report goes to the envelope sender, if its domain is the project's own still: it leaves signed for that domain, with the null
 * reverse-path (RFC 3461 §6.1), and asks for no report of its own, so that it can never bring about another.
 *
 * @throws when the database is away.
 */
export async function prepareReports(db: Database, due: readonly DueReport[]): Promise<WriteReports> {
  const byMessage = Map.groupBy(due, ({ recipient }) => recipient.messageId);
  const contents = await loadContents(
    db,
    due.map(({ recipient }) => recipient),
  );
  const reportable: Reportable[] = [];
  for (const reports of byMessage.values()) {
    const { projectId, contentHash, options } = reports[0]?.recipient ?? {};
    const returnTo = options?.dsn?.returnTo;
    if (projectId === undefined || returnTo === undefined) continue;
    const domain = await findProjectDomainByName(db, projectId, domainOf(returnTo));
    if (domain === null || domain.verifiedAt === null) continue;
    const zstd = contents.get(contentHash?.toString("hex") ?? "");
    reportable.push({ reports, returnTo, domainId: domain.id, zstd });
  }
  return async (isKept, our) => {
    const messages: NewMessage[] = [];
    for (const { reports, ...about } of reportable) {
      const kept = reports.filter(({ recipient }) => isKept(recipient));
      if (kept.length > 0) messages.push(await reportMessage({ reports: kept, ...about }, our));
    }
    return messages;
  };
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

async function reportMessage(
  { reports, returnTo, domainId, zstd }: Reportable,
  our: { readonly hostname: string; readonly nowMs: number; readonly maxAgeMs: number },
): Promise<NewMessage> {
  const [first] = reports;
  if (first === undefined) throw new Error("a report on nobody");
  const { projectId, messageId, startedAtMs, expiresAtMs, options } = first.recipient;
  const { ret, envelopeId } = options.dsn ?? {};
  const domainName = domainOf(returnTo);
  const original = zstd === undefined ? Buffer.alloc(0) : await decodeContent(zstd);
  const isFailure = reports.some(({ reported }) => reported.action === "failed");
  const { nowMs, hostname } = our;
  const id = newId(nowMs);
  const endMs = Math.min(startedAtMs + our.maxAgeMs, expiresAtMs ?? Number.POSITIVE_INFINITY);
  const from = { name: "Mail Delivery System", address: `mailer-daemon@${domainName}` };
  const mime = composeReport({
    from,
    to: returnTo,
    messageId: `${id}@${domainName}`,
    date: new Date(nowMs),
    reportingMta: hostname,
    envelopeId: envelopeId === undefined ? undefined : decodeXtext(envelopeId),
    arrivalDate: new Date(idTimeMs(messageId)),
    recipients: reports.map(({ reported }) => ({
      ...reported,
      ...(reported.action === "delayed" && { willRetryUntil: new Date(endMs) }),
    })),
    original,
    // RFC 3461 §4.3: FULL is about failures. RFC 8689 §5: what must travel protected does not come back in a report that need not.
    returned:
      ret === "full" && isFailure && options.requireTls !== true && original.length <= MAX_RETURNED_BYTES
        ? "full"
        : "headers",
  });
  const content = await encodeContent(projectId, mime);
  return {
    id,
    projectId,
    domainId,
    contentKind: "mime",
    contentHash: content.hash,
    contentZstd: content.zstd,
    sizeBytes: content.sizeBytes,
    headers: { from, to: [], cc: [], replyTo: [], custom: [] },
    subject: `Delivery report: ${reports.map(({ reported }) => reported.finalRecipient).join(", ")}`.slice(
      0,
      200,
    ),
    tags: [],
    metadata: {},
    priority: 1,
    acceptedAtMs: nowMs,
    sendAtMs: null,
    expiresAtMs: null,
    options: { report: true, bypass: ["unsubscribed"] },
    requestId: null,
    batchId: null,
    recipients: [{ ordinal: 0, role: "envelope", address: returnTo, site: siteOf(returnTo) }],
    events: [],
  };
}
