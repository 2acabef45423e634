import { firstValue, type HeaderField, type ParsedMessage } from "@waxwing/message";
import type { ReturnPaths } from "@waxwing/seal";
import {
  type Database,
  findMessage,
  findSubmittedMessage,
  type StoredMessage,
  type StoredRecipient,
} from "@waxwing/store";
import { readToken, type TokenAddressee } from "./addressee.ts";
import { type MailClass, type SentReference, sentReference } from "./classify.ts";

/**
 * A message of ours that incoming mail is about, and how much the mail has shown:
 *
 * - `proven`: it brought the token of the return path, which only we can make and only this recipient's side has seen. It may change
 *   what we know of that recipient.
 * - `addressed`: it brought the token of an address that stands in the recipient's copy of the message. Whoever has the copy may
 *   answer, unsubscribe and complain by it, as by the links in it, and nothing more.
 * - `claimed`: it names a Message-ID, which every recipient of the message and everybody they wrote to knows. It is shown and filed,
 *   and changes nothing by itself.
 */
export type Correlation =
  | {
      readonly kind: "proven" | "addressed";
      readonly message: StoredMessage;
      readonly recipient: StoredRecipient;
    }
  | { readonly kind: "claimed"; readonly message: StoredMessage; readonly recipient: StoredRecipient | null };

/** Message-IDs that are looked up for one mail: a References field may name a hundred. */
const MAX_REFERENCES = 5;
/** Addresses that may have got the message with a Message-ID of the application's own. */
const MAX_ADDRESSES = 5;
/** Tokens that are taken from the header of a returned message; one stands there several times. */
const MAX_QUOTED_TOKENS = 10;

type Token = Pick<TokenAddressee, "kind" | "messageId" | "ordinal">;
type ClassifiedMail = { readonly parsed: ParsedMessage; readonly mailClass: MailClass };

/**
 * The correlation stage: by the tokens of the envelope, in reports also by those that the returned header quotes, and without any by
 * Message-ID. All of it within one project: what another tenant sent is not found.
 *
 * @param tokens of the addresses among the envelope's recipients, MAC and project checked.
 * @throws when the database is away.
 */
export async function correlate(
  sources: { readonly db: Database; readonly returnPaths: ReturnPaths },
  projectId: string,
  tokens: readonly Token[],
  mail: ClassifiedMail,
): Promise<readonly Correlation[]> {
  const { db, returnPaths } = sources;
  const isProven = tokens.some(({ kind }) => kind === "return-path");
  const quoted =
    isProven && mail.mailClass.kind !== "complaint" ? [] : quotedTokens(mail.mailClass, returnPaths);
  const all = [...tokens, ...quoted];
  const found = await byTokens(db, projectId, [
    ...all.filter(({ kind }) => kind === "return-path"),
    ...all.filter(({ kind }) => kind !== "return-path"),
  ]);
  if (found.length > 0) return found;
  const claimed = (await byOurId(db, projectId, mail)) ?? (await byTheirId(db, projectId, mail));
  return claimed === null ? [] : [claimed];
}

async function byTokens(
  db: Database,
  projectId: string,
  tokens: readonly Token[],
): Promise<readonly Correlation[]> {
  const correlations: Correlation[] = [];
  for (const token of tokens) {
    const isKnown = correlations.some(
      ({ message, recipient }) => message.id === token.messageId && recipient?.ordinal === token.ordinal,
    );
    if (isKnown) continue;
    const found = await findMessage(db, projectId, token.messageId);
    const recipient = found?.recipients.find(({ ordinal }) => ordinal === token.ordinal);
    if (!found || recipient === undefined) continue;
    const kind = token.kind === "return-path" ? "proven" : "addressed";
    correlations.push({ kind, message: found.message, recipient });
  }
  return correlations;
}

/**
 * Reports do not always come to the return path: complaints go to an address agreed on with the reporter, and some servers send
 * bounces to the sender. But they quote it: in Original-Mail-From (RFC 5965 §3.2), or in the Return-Path, Received or
 * List-Unsubscribe of the returned message. The MAC is as good there.
 */
function quotedTokens(mailClass: MailClass, returnPaths: ReturnPaths): readonly Token[] {
  if (mailClass.kind !== "complaint" && mailClass.kind !== "delivery-report") return [];
  const { report } = mailClass;
  const sender = "originalMailFrom" in report ? report.originalMailFrom : undefined;
  const quoted = [sender ?? "", ...(report.returnedHeaders ?? []).map(({ value }) => value)];
  const localParts = new Set(
    quoted
      .flatMap((value) => value.match(/\b[bru]\+[a-z2-7]{44}(?=@)/gi) ?? [])
      .map((text) => text.toLowerCase()),
  );
  return [...localParts].slice(0, MAX_QUOTED_TOKENS).flatMap((text) => readToken(returnPaths, text) ?? []);
}

/** By a Message-ID that we wrote, which names the message. */
async function byOurId(db: Database, projectId: string, mail: ClassifiedMail): Promise<Correlation | null> {
  for (const reference of referencesOf(mail.mailClass).slice(0, MAX_REFERENCES)) {
    const found = await findMessage(db, projectId, reference.messageId);
    if (found === null || domainOf(found.message.headers.from.address) !== reference.domain) continue;
    const named = namedAddresses(mail);
    const recipient = found.recipients.find(({ address }) => named.has(address.toLowerCase())) ?? null;
    // A report about somebody we never wrote to is no report about our message, whatever Message-ID it quotes.
    if (recipient === null && named.size > 0 && isReport(mail.mailClass)) continue;
    const [only, ...others] = found.recipients;
    const alone = others.length === 0 ? (only ?? null) : null;
    return { kind: "claimed", message: found.message, recipient: recipient ?? alone };
  }
  return null;
}

/** By a Message-ID that a submitted message brought: found among what was sent to the address that the mail names or comes from. */
async function byTheirId(db: Database, projectId: string, mail: ClassifiedMail): Promise<Correlation | null> {
  const ids = theirIds(mail).slice(0, MAX_REFERENCES);
  if (ids.length === 0) return null;
  for (const address of [...namedAddresses(mail)].slice(0, MAX_ADDRESSES)) {
    const messageId = await findSubmittedMessage(db, projectId, address, ids);
    const found = messageId === null ? null : await findMessage(db, projectId, messageId);
    const recipient = found?.recipients.find((candidate) => candidate.address.toLowerCase() === address);
    if (found && recipient !== undefined) return { kind: "claimed", message: found.message, recipient };
  }
  return null;
}

const isReport = (mailClass: MailClass): boolean =>
  mailClass.kind === "delivery-report" || mailClass.kind === "complaint";

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

/** Message-IDs that the mail answers or is about; of References the last one is the nearest (RFC 5322 §3.6.4). */
function theirIds({ parsed, mailClass }: ClassifiedMail): readonly string[] {
  if (isReport(mailClass))
    return mailClass.verdict.originalMessageId === null ? [] : [mailClass.verdict.originalMessageId];
  if (mailClass.kind === "other" && mailClass.verdict.class !== "reply") return [];
  return [...new Set([parsed.inReplyTo ?? "", ...parsed.references.toReversed()])].filter((id) => id !== "");
}

/** Whom a report is about, or who answers; lower case. */
function namedAddresses({ parsed, mailClass }: ClassifiedMail): ReadonlySet<string> {
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
