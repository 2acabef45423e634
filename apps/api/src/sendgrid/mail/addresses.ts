import { readMailbox } from "@waxwing/outbound";
import type { StoredMailbox } from "@waxwing/store";
import { isGiven, isObject, type Members, reportUnknown } from "./members.ts";
import type { Report } from "./problems.ts";
import { ADDRESS_TEXTS as TEXTS } from "./texts.ts";

/** SendGrid's limit; what RFC 5321 §4.5.3.1.3 allows is less and checked too. */
const MAX_ADDRESS_CHARS = 320;
const MAX_REPLY_TO = 1_000;
const KNOWN = new Set(["email", "name"]);

/** What is said of one address. */
interface AddressTexts {
  /** There is no object with an `email` in it. */
  readonly lacking: string;
  readonly invalid: string;
  readonly tooLong: string;
}

const FROM: AddressTexts = {
  lacking: TEXTS.fromRequired,
  invalid: TEXTS.fromInvalid,
  tooLong: TEXTS.fromTooLong,
};
const REPLY_TO: AddressTexts = {
  lacking: TEXTS.replyTo,
  invalid: TEXTS.replyTo,
  tooLong: TEXTS.replyToTooLong,
};
const REPLY_TO_LIST: AddressTexts = {
  lacking: TEXTS.replyToListRequired,
  invalid: TEXTS.replyToListInvalid,
  tooLong: TEXTS.replyToTooLong,
};
const RECIPIENTS = {
  to: { lacking: TEXTS.toRequired, invalid: TEXTS.addressInvalid, tooLong: TEXTS.toTooLong },
  cc: { lacking: TEXTS.cc, invalid: TEXTS.addressInvalid, tooLong: TEXTS.ccTooLong },
  bcc: { lacking: TEXTS.bcc, invalid: TEXTS.addressInvalid, tooLong: TEXTS.bccTooLong },
} as const satisfies Record<string, AddressTexts>;

/** Reads `{"email", "name"}`; undefined when it was reported. */
export function readEmailObject(
  value: unknown,
  field: string,
  texts: AddressTexts,
  report: Report,
): StoredMailbox | undefined {
  if (!isObject(value)) {
    report(field, texts.lacking);
    return undefined;
  }
  reportUnknown(value, KNOWN, field, report);
  const { email, name } = value;
  if (isGiven(name) && typeof name !== "string") report(`${field}.name`, TEXTS.nameInvalid);
  if (!isGiven(email)) {
    report(`${field}.email`, texts.lacking);
    return undefined;
  }
  if (typeof email !== "string") {
    report(`${field}.email`, texts.invalid);
    return undefined;
  }
  if (email.length > MAX_ADDRESS_CHARS) {
    report(`${field}.email`, texts.tooLong);
    return undefined;
  }
  return readMailbox(
    { email, ...(typeof name === "string" && { name }) },
    field,
    (at) => void report(at, at.endsWith(".name") ? TEXTS.nameInvalid : texts.invalid),
  );
}

/** Reads a sender. */
export function readFrom(value: unknown, field: string, report: Report): StoredMailbox | undefined {
  return readEmailObject(value, field, FROM, report);
}

/** Reads one of the recipient lists of a personalization; what is wrong is reported and left out. */
export function readRecipients(
  value: unknown,
  kind: keyof typeof RECIPIENTS,
  field: string,
  report: Report,
): readonly StoredMailbox[] {
  const texts = RECIPIENTS[kind];
  if (!isGiven(value) && kind !== "to") return [];
  if (!Array.isArray(value) || (value.length === 0 && kind === "to")) {
    report(field, texts.lacking);
    return [];
  }
  return value
    .map((item: unknown, index) => readEmailObject(item, `${field}.${index}`, texts, report))
    .filter((mailbox) => mailbox !== undefined);
}

/** Reads `reply_to` or `reply_to_list`. */
export function readReplyTo(body: Members, report: Report): readonly StoredMailbox[] {
  const { reply_to: one, reply_to_list: list } = body;
  if (isGiven(one) && isGiven(list)) {
    report("reply_to", TEXTS.replyToExclusive);
    return [];
  }
  if (isGiven(one)) {
    const mailbox = readEmailObject(one, "reply_to", REPLY_TO, report);
    return mailbox === undefined ? [] : [mailbox];
  }
  if (!isGiven(list)) return [];
  if (!Array.isArray(list)) {
    report("reply_to_list", TEXTS.replyToListRequired);
    return [];
  }
  if (list.length > MAX_REPLY_TO) {
    report("reply_to_list", TEXTS.replyToListTooMany);
    return [];
  }
  const mailboxes = list
    .map((item: unknown, index) => readEmailObject(item, `reply_to_list.${index}`, REPLY_TO_LIST, report))
    .filter((mailbox) => mailbox !== undefined);
  const unique = new Set(mailboxes.map(({ address }) => address.toLowerCase()));
  if (unique.size < mailboxes.length) report("reply_to_list", TEXTS.replyToListTwice);
  return mailboxes;
}
