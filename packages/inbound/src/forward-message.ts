import { aboutRecipient, newEvent } from "@waxwing/events";
import { formatHeaderField, headerFieldRanges, parseMailbox, readField } from "@waxwing/message";
import { newId } from "@waxwing/runtime";
import type { SenderRewriting } from "@waxwing/seal";
import { encodeContent, type NewMessage, type StoredOptions } from "@waxwing/store";
import type { Addressee } from "./addressee.ts";
import type { ExaminedMail } from "./examined-mail.ts";
import { printable } from "./printable.ts";
import { traceFields } from "./receive.ts";

/** Names each of our addresses that a message was forwarded from: one that comes back to such an address is in a loop. */
const FORWARDED_FIELD = "X-Waxwing-Forwarded-For";

/** What forwarding needs. */
export interface Forwarding {
  readonly hostname: string;
  readonly senderRewriting: SenderRewriting;
}

/**
 * The message that takes a mail on to other addresses, through our own lanes: signed for the domain it came to, tried again, shown
 * and told of like any other. Its bytes stay as they are below the fields we add, so that the signatures of its sender hold. Its
 * reverse-path is the sender's, rewritten (SRS); where that cannot be written, one of ours, and bounces are then told of only.
 */
export async function forwardMessage(
  { hostname, senderRewriting }: Forwarding,
  mail: ExaminedMail,
  from: Addressee,
  to: readonly string[],
): Promise<NewMessage> {
  const { arrival, parsed } = mail;
  const { projectId, domain } = from;
  const isReport = from.kind === "rewritten-sender";
  const reversePath = senderRewriting.rewrite(
    arrival.envelope.sender.address,
    domain.returnPathHost,
    arrival.receivedAtMs,
  );
  const options: StoredOptions = {
    // Whoever chose the address wants this mail, and not as one of a list.
    bypass: ["unsubscribed"],
    ...(isReport ? { report: true } : reversePath !== null && { reversePath }),
  };
  const about = formatHeaderField(FORWARDED_FIELD, from.address).line;
  const added = `${traceFields(arrival, hostname).received}${isReport ? "" : about}`;
  const content = await encodeContent(
    projectId,
    Buffer.concat([Buffer.from(added), withoutReturnPath(arrival.raw)]),
  );
  const id = newId(arrival.receivedAtMs);
  const recipients = to.flatMap((address, ordinal) => {
    const mailbox = parseMailbox(address);
    if (mailbox.kind === "invalid") return [];
    return [{ ordinal, role: "envelope" as const, address: mailbox.address, site: mailbox.domain }];
  });
  return {
    id,
    projectId,
    domainId: domain.id,
    contentKind: "mime",
    contentHash: content.hash,
    contentZstd: content.zstd,
    sizeBytes: content.sizeBytes,
    headers: {
      from: { address: printable(parsed.from[0]?.address ?? "") || `mailer-daemon@${domain.name}` },
      to: [],
      cc: [],
      replyTo: [],
      custom: [],
    },
    subject: printable(parsed.subject),
    tags: [],
    metadata: {},
    priority: 1,
    acceptedAtMs: arrival.receivedAtMs,
    sendAtMs: null,
    expiresAtMs: null,
    options,
    requestId: null,
    batchId: null,
    recipients,
    events: isReport
      ? []
      : recipients.map(({ ordinal, address }) =>
          newEvent(
            { projectId, messageId: id, ordinal },
            "accepted",
            aboutRecipient({ address, tags: [], metadata: {} }),
            arrival.receivedAtMs,
          ),
        ),
  };
}

/** Has the message been forwarded from one of these addresses before? */
export function comesBack(raw: Buffer, addressees: readonly Addressee[]): boolean {
  const forwarding = addressees.filter(
    (addressee) =>
      addressee.kind === "routed" && addressee.route.actions.some(({ kind }) => kind === "forward"),
  );
  if (forwarding.length === 0) return false;
  const addresses = new Set(forwarding.map(({ address }) => address.toLowerCase()));
  for (const value of valuesOf(raw, FORWARDED_FIELD)) if (addresses.has(value.toLowerCase())) return true;
  return false;
}

function* valuesOf(raw: Buffer, name: string): Generator<string> {
  for (const range of headerFieldRanges(raw)) {
    if (isNamed(raw, range, name)) yield readField(raw, range).value;
  }
}

/** RFC 5321 §4.4: Return-Path is the last server's word. */
function withoutReturnPath(raw: Buffer): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  for (const range of headerFieldRanges(raw)) {
    if (!isNamed(raw, range, "Return-Path")) continue;
    kept.push(raw.subarray(from, range.start));
    from = range.end;
  }
  return kept.length === 0 ? raw : Buffer.concat([...kept, raw.subarray(from)]);
}

/** Only spaces may stand between a name and its colon. */
function isNamed(
  raw: Buffer,
  range: { readonly start: number; readonly colon: number },
  name: string,
): boolean {
  if (range.colon - range.start < name.length) return false;
  return raw.toString("latin1", range.start, range.colon).trimEnd().toLowerCase() === name.toLowerCase();
}
