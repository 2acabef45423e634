import {
  decodeEncodedWords,
  formatAddressField,
  headerFieldRanges,
  readField,
  rewriteTextParts,
} from "@waxwing/message";
import type { StoredMailbox, StoredOptions } from "@waxwing/store";
import { createFillIn, type SubstitutionBudget } from "../substitute.ts";
import { replaceFields, withSubject } from "./message-texts.ts";

/** What one message may take, as in the API; see `fill-in-content.ts`. */
const LIMITS: Readonly<SubstitutionBudget> = { chars: 64 * 1024 * 1024, steps: 30_000_000 };

/**
 * A submitted message as one recipient of `X-SMTPAPI` gets it: the tags in its texts and its subject replaced, and the recipient alone
 * in To. Messages that differ in nothing else share their content, so this is done while composing.
 *
 * @param message.to empty: To and Cc stay as they are.
 * @throws SubstitutionOverflow beyond `budget`; who accepts a message tries it first, so that it cannot happen after the 250.
 */
export function personalMime(
  raw: Buffer,
  message: { readonly to: readonly StoredMailbox[]; readonly substitutions: StoredOptions["substitutions"] },
  budget: SubstitutionBudget = { ...LIMITS },
): Buffer {
  const { to, substitutions = {} } = message;
  let personal = raw;
  if (Object.keys(substitutions).length > 0) {
    const fillIn = createFillIn({ substitutions, sections: {} }, budget);
    personal = rewriteTextParts(raw, ({ text }) => fillIn(text));
    const subject = subjectOf(raw);
    const filled = fillIn(subject);
    if (filled !== subject) personal = withSubject(personal, oneLine(filled));
  }
  if (to.length === 0) return personal;
  return replaceFields(personal, new Set(["to", "cc"]), formatAddressField("To", to).line);
}

/** Every text that {@link personalMime} fills in. */
export function textsOf(raw: Buffer): readonly string[] {
  const texts: string[] = [];
  rewriteTextParts(raw, ({ text }) => {
    texts.push(text);
    return undefined;
  });
  return texts;
}

/** The subject as it is shown. */
export function subjectOf(raw: Buffer): string {
  for (const range of headerFieldRanges(raw)) {
    const name = raw.toString("latin1", range.start, Math.min(range.colon, range.start + 80)).trimEnd();
    if (name.toLowerCase() === "subject") return decodeEncodedWords(readField(raw, range).value);
  }
  return "";
}

/** A value with a line break in it must not become a field of its own (header injection). */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ").trim();
