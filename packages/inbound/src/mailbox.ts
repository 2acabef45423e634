import { newEvent } from "@waxwing/events";
import { formatHeaderField, headerFieldRanges, readField } from "@waxwing/message";
import { foldSearchFields, sentListing } from "@waxwing/protocols";
import { removeSpoofedAuthenticationResults } from "@waxwing/seal";
import { encodeContent, plainMail, type WantedFiling } from "@waxwing/store";
import type { Addressee } from "./addressee.ts";
import type { Consequences } from "./apply.ts";
import type { Correlation } from "./correlate.ts";
import type { ExaminedMail } from "./examined-mail.ts";
import type { Forwarding } from "./forward-message.ts";
import { printable } from "./printable.ts";
import { traceFields } from "./receive.ts";
import { type RouteWork, routeWork } from "./route-work.ts";

/** The part of a mail that goes to one project. */
export interface ProjectMail {
  readonly projectId: string;
  readonly addressees: readonly Addressee[];
  readonly correlations: readonly Correlation[];
  readonly consequences: Consequences;
}

type Folder = "INBOX" | "Bounces" | "Complaints" | "Auto-replies" | "Junk";

/**
 * The folder of a mail. What its own From domain disowns (DMARC) is junk, unless a signed return path proves that it answers us:
 * many a mail server writes its bounces in the name of a domain that it has no keys of.
 */
function folderOf(mail: ExaminedMail, project: ProjectMail): Folder {
  const { dmarc } = mail.authentication;
  const isProven = project.correlations.some(({ kind }) => kind === "proven");
  if (dmarc.result === "fail" && dmarc.policy !== "none" && !isProven) return "Junk";
  switch (mail.mailClass.kind) {
    case "delivery-report":
      return "Bounces";
    case "complaint":
      return "Complaints";
    case "auto-reply":
      return "Auto-replies";
    case "reply":
      return "INBOX";
    case "other":
      // Nobody writes to a return path by hand: what comes there and is no report we know is one we do not know.
      if (project.addressees.every(({ kind }) => kind === "return-path")) return "Bounces";
      // Mail programs write there when somebody presses their button.
      return project.addressees.every(({ kind }) => kind === "unsubscribe-address")
        ? "Auto-replies"
        : "INBOX";
  }
}

/** Where a project's mail went, and whom to wake for the rest of it. */
interface FiledProjectMail extends Pick<RouteWork, "sites" | "routeIds"> {
  /** Null: in no mailbox. */
  readonly folder: Folder | null;
}

/**
 * The last stage: files the mail for one project with its consequences, all in one transaction. Durable when it resolves. Mail of
 * which nothing else is told is told as `received`. A project without mailboxes gets the consequences alone.
 *
 * @throws when the database does not take it; then nothing of it was kept.
 */
export async function fileProjectMail(
  fileMail: (wanted: WantedFiling) => Promise<void>,
  forwarding: Forwarding,
  mail: ExaminedMail,
  project: ProjectMail,
): Promise<FiledProjectMail> {
  const { arrival, parsed } = mail;
  const { hostname } = forwarding;
  const folder = folderOf(mail, project);
  const filed = filedContent(hostname, mail, project);
  const content = await encodeContent(project.projectId, filed);
  // `inbox@` and `inbox+shop@` in one envelope are one mailbox, which needs one copy; the address named first counts.
  const mailboxes = new Map(
    project.addressees
      .toReversed()
      .flatMap(({ mailboxId, address }) => (mailboxId === null ? [] : [[mailboxId, address] as const])),
  );
  const enforced = new Set(
    project.addressees.filter(({ kind }) => kind === "mailbox").map(({ mailboxId }) => mailboxId),
  );
  const { events, unsubscriptions } = project.consequences;
  const untold = events.length + unsubscriptions.length === 0 ? [...mailboxes.values()] : [];
  const received = untold.map((address) =>
    newEvent(
      {
        projectId: project.projectId,
        messageId: project.correlations[0]?.message.id ?? null,
        ordinal: project.correlations[0]?.recipient?.ordinal ?? null,
      },
      "received",
      {
        email: address,
        folder,
        class: mail.mailClass.kind,
        reason: mail.mailClass.verdict.reason,
        ...summaryOf(mail),
      },
      arrival.receivedAtMs,
    ),
  );
  const work = await routeWork(forwarding, mail, project, content.zstd);
  await fileMail({
    mail: {
      ...content,
      plain: plainMail(filed),
      // The fields we add and remove are none of those that an ENVELOPE or a BODYSTRUCTURE shows.
      envelope: parsed.envelope,
      bodyStructure: parsed.bodyStructure,
      preview: parsed.textPreview,
      sent: sentListing(filed, parsed),
      fields: foldSearchFields(filed),
      thread: parsed,
      internalDateMs: arrival.receivedAtMs,
      flags: [],
      about: project.correlations.flatMap(({ recipient }) =>
        recipient === null ? [] : [recipient.address.toLowerCase()],
      ),
    },
    // A report on a message of ours says what became of it, and is no bigger than it: a full mailbox does not keep it out.
    filings: [...mailboxes.keys()].map((mailboxId) => ({
      mailboxId,
      folder,
      quota: enforced.has(mailboxId) ? ("enforce" as const) : ("ignore" as const),
    })),
    consequences: { ...project.consequences, ...work.consequences, events: [...events, ...received] },
  });
  return { ...work, folder: mailboxes.size === 0 ? null : folder };
}

function summaryOf({ parsed, authentication }: ExaminedMail) {
  const passed = authentication.dkim.find(({ result }) => result === "pass") ?? authentication.dkim[0];
  return {
    from: printable(parsed.from[0]?.address ?? ""),
    subject: printable(parsed.subject),
    authentication: {
      spf: authentication.spf.result,
      dkim: passed?.result ?? "none",
      dmarc: authentication.dmarc.result,
    },
  };
}

/** The bytes to keep: our fields on top, without those that a sender wrote to pass for ours, the rest as it came. */
function filedContent(hostname: string, mail: ExaminedMail, project: ProjectMail): Buffer {
  const { arrival, authentication } = mail;
  const trace = traceFields(arrival, hostname);
  const about = project.correlations.flatMap(({ message, recipient }) => [
    formatHeaderField(MESSAGE_FIELD, message.id).line,
    ...(recipient === null ? [] : [formatHeaderField(RECIPIENT_FIELD, recipient.address).line]),
  ]);
  // RFC 8601 §4.1: above the Received field of the host that did the checks.
  const ours = [trace.returnPath, ...about, authentication.header, trace.received].join("");
  const unspoofed = removeSpoofedAuthenticationResults(withoutCorrelationFields(arrival.raw), hostname);
  return Buffer.concat([Buffer.from(ours), unspoofed]);
}

const MESSAGE_FIELD = "X-Waxwing-Message-Id";
const RECIPIENT_FIELD = "X-Waxwing-Recipient";
const CORRELATION_FIELDS: ReadonlySet<string> = new Set([
  MESSAGE_FIELD.toLowerCase(),
  RECIPIENT_FIELD.toLowerCase(),
]);

/** Removes the fields that only we may write: an application that trusts them must not read a stranger's. */
function withoutCorrelationFields(raw: Buffer): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  for (const range of headerFieldRanges(raw)) {
    // The name with spaces before its colon, if any, is short: no long field need be decoded to be passed over.
    if (raw.toString("latin1", range.start, range.start + 10).toLowerCase() !== "x-waxwing-") continue;
    if (!CORRELATION_FIELDS.has(readField(raw, range).name.toLowerCase())) continue;
    kept.push(raw.subarray(from, range.start));
    from = range.end;
  }
  if (kept.length === 0) return raw;
  kept.push(raw.subarray(from));
  return Buffer.concat(kept);
}
