import { firstValue, type HeaderField, type ParsedMessage } from "@waxwing/message";
import type { ReturnPaths } from "@waxwing/seal";
import {
  type Database,
  findMessage,
  type RecipientRef,
  type StoredMessage,
  type StoredRecipient,
} from "@waxwing/store";
import { type MailClass, type SentReference, sentReference } from "./classify.ts";

/**
 * A message of ours that incoming mail is about. `proven`: it brought a token that only we can make and only this recipient's side
 * has seen, and may change what we know of that recipient. `claimed`: it names a Message-ID, which every recipient of the message
 * and everybody they wrote to knows; it is shown and filed, and changes nothing.
 */
export type Correlation =
  | { readonly kind: "proven"; readonly message: StoredMessage; readonly recipient: StoredRecipient }
  | { readonly kind: "claimed"; readonly message: StoredMessage; readonly recipient: StoredRecipient | null };

/** Message-IDs that are looked up for one mail: a References field may name a hundred. */
const MAX_REFERENCES = 5;

/**
 * The correlation stage: by the tokens of the envelope, in complaints also by the token that the report quotes, and without any by
 * Message-ID. All of it within one project: what another tenant sent is not found.
 *
 * @param tokens of the return paths among the envelope's recipients, MAC and project checked.
 * @throws when the database is away.
 */
export async function correlate(
  sources: { readonly db: Database; readonly returnPaths: ReturnPaths },
  projectId: string,
  tokens: readonly RecipientRef[],
  mail: { readonly parsed: ParsedMessage; readonly mailClass: MailClass },
): Promise<readonly Correlation[]> {
  const { db, returnPaths } = sources;
  const proven: Correlation[] = [];
  for (const token of [...tokens, ...quotedTokens(mail.mailClass, returnPaths)]) {
    const isKnown = proven.some(
      ({ message, recipient }) => message.id === token.messageId && recipient?.ordinal === token.ordinal,
    );
    if (isKnown) continue;
    const found = await findMessage(db, projectId, token.messageId);
    const recipient = found?.recipients.find(({ ordinal }) => ordinal === token.ordinal);
    if (found && recipient !== undefined) proven.push({ kind: "proven", message: found.message, recipient });
  }
  if (proven.length > 0) return proven;

  for (const reference of referencesOf(mail.mailClass).slice(0, MAX_REFERENCES)) {
    const found = await findMessage(db, projectId, reference.messageId);
    if (found === null || domainOf(found.message.headers.from.address) !== reference.domain) continue;
    const named = namedRecipients(mail);
    const recipient = found.recipients.find(({ address }) => named.has(address.toLowerCase())) ?? null;
    // A report about somebody we never wrote to is no report about our message, whatever Message-ID it quotes.
    if (recipient === null && named.size > 0 && isReport(mail.mailClass)) continue;
    const [only, ...others] = found.recipients;
    const alone = others.length === 0 ? (only ?? null) : null;
    return [{ kind: "claimed", message: found.message, recipient: recipient ?? alone }];
  }
  return [];
}

const isReport = (mailClass: MailClass): boolean =>
  mailClass.kind === "delivery-report" || mailClass.kind === "complaint";

/**
 * Complaints come to an address agreed on with the reporter, not to the return path, but quote it: in Original-Mail-From
 * (RFC 5965 §3.2) or in the Return-Path of the returned message. The MAC is as good there.
 */
function quotedTokens(mailClass: MailClass, returnPaths: ReturnPaths): readonly RecipientRef[] {
  if (mailClass.kind !== "complaint") return [];
  const { originalMailFrom, returnedHeaders } = mailClass.report;
  return [originalMailFrom, firstValue(returnedHeaders ?? [], "return-path")].flatMap((address) => {
    const [, localPart] = /^<?([^@<>\s]+)@/.exec(address?.trim() ?? "") ?? [];
    return localPart === undefined ? [] : (returnPaths.recipientOf(localPart) ?? []);
  });
}

function referencesOf(mailClass: MailClass): readonly SentReference[] {
  switch (mailClass.kind) {
    case "delivery-report":
    case "complaint":
      return returnedReference(mailClass.report.returnedHeaders ?? []);
    case "auto-reply":
    case "reply":
      return mailClass.answers;
    case "other":
      return [];
  }
}

function returnedReference(fields: readonly HeaderField[]): readonly SentReference[] {
  const reference = sentReference(firstValue(fields, "message-id") ?? "");
  return reference === null ? [] : [reference];
}

/** Whom a report is about, or who answers; lower case. */
function namedRecipients({
  parsed,
  mailClass,
}: {
  readonly parsed: ParsedMessage;
  readonly mailClass: MailClass;
}): ReadonlySet<string> {
  switch (mailClass.kind) {
    case "delivery-report": {
      const { recipients } = mailClass.report;
      const named = recipients.flatMap(({ finalRecipient, originalRecipient }) => [
        finalRecipient,
        originalRecipient ?? finalRecipient,
      ]);
      return new Set(named.map((address) => address.toLowerCase()));
    }
    case "complaint":
      return new Set(mailClass.report.originalRcptTo.map((address) => address.toLowerCase()));
    case "auto-reply":
    case "reply":
    case "other":
      return new Set(parsed.from.map(({ address }) => address.toLowerCase()));
  }
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();
