import type { StoredMailbox, StoredOptions } from "@waxwing/store";
import type { SubmissionProblem } from "../submission-problems.ts";
import { createFillIn, type SubstitutionBudget, SubstitutionOverflow } from "../substitute.ts";
import { oneLine, textsOf } from "./personal-mime.ts";
import { FIELD, type SmtpApi } from "./smtpapi.ts";

/** One message of a submission. */
export interface Addressee {
  readonly recipients: readonly string[];
  readonly subject: string;
  /** Whom its To names instead of what the header says; empty: as submitted. */
  readonly to: readonly StoredMailbox[];
  readonly substitutions: StoredOptions["substitutions"];
  /** Undefined: as for all. */
  readonly sendAtMs: number | null | undefined;
}

/** What one submission may take, all of its messages together: about a second of work. */
const BUDGET: Readonly<SubstitutionBudget> = { chars: 64 * 1024 * 1024, steps: 30_000_000 };
/** What is stored beside the messages: sections are written out for each of them. */
const MAX_STORED_CHARS = 16 * 1024 * 1024;

/**
 * Divides a submission: one message for the envelope as a rule, one for each recipient where `X-SMTPAPI` says anything that differs by
 * recipient. The texts of each are filled in once, so that it cannot fail after the 250.
 *
 * @returns the messages; or what is wrong.
 */
export function addressees(submission: {
  readonly api: SmtpApi | null;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly mime: Buffer;
}): { readonly kind: "messages"; readonly messages: readonly Addressee[] } | SubmissionProblem {
  const { api, recipients, subject, mime } = submission;
  const whole = { recipients, subject, to: [], substitutions: undefined, sendAtMs: undefined };
  if (api === null || !differs(api)) return { kind: "messages", messages: [whole] };
  const named = api.to ?? recipients.map((address) => ({ address }));
  const short = tooShort(api, named.length);
  if (short !== null) return short;
  const budget = { ...BUDGET };
  const texts = textsOf(mime);
  let storedChars = 0;
  const messages: Addressee[] = [];
  try {
    for (const [index, mailbox] of named.entries()) {
      const substitutions = substitutionsOf(api, index, budget);
      const to = api.to === null ? [] : [mailbox];
      storedChars += Object.entries(substitutions).reduce(
        (sum, [tag, value]) => sum + tag.length + value.length,
        0,
      );
      if (storedChars > MAX_STORED_CHARS) throw new SubstitutionOverflow("too much");
      const fillIn = createFillIn({ substitutions, sections: {} }, budget);
      // Only to see that it can be done: it is done again for each delivery.
      for (const text of texts) fillIn(text);
      messages.push({
        recipients: [mailbox.address],
        to,
        substitutions,
        subject: oneLine(fillIn(subject)),
        sendAtMs: api.sendEachAtMs?.[index],
      });
    }
  } catch (error) {
    if (!(error instanceof SubstitutionOverflow)) throw error;
    return { field: FIELD, message: "makes more of this message than one submission may be" };
  }
  return { kind: "messages", messages };
}

const differs = ({ to, sub, section, sendEachAtMs }: SmtpApi): boolean =>
  to !== null || sendEachAtMs !== null || Object.keys(sub).length > 0 || Object.keys(section).length > 0;

function tooShort({ sub, sendEachAtMs }: SmtpApi, count: number): SubmissionProblem | null {
  for (const [tag, values] of Object.entries(sub)) {
    if (values.length === count) continue;
    return {
      field: `${FIELD}.sub`,
      message: `has ${values.length} values of ${JSON.stringify(tag.slice(0, 40))} for ${count} recipients`,
    };
  }
  if (sendEachAtMs === null || sendEachAtMs.length === count) return null;
  return {
    field: `${FIELD}.send_each_at`,
    message: `has ${sendEachAtMs.length} times for ${count} recipients`,
  };
}

/** The values of one recipient, with the sections in them and beside them written out. */
function substitutionsOf(
  { sub, section }: SmtpApi,
  index: number,
  budget: SubstitutionBudget,
): Readonly<Record<string, string>> {
  const own = Object.fromEntries(Object.entries(sub).map(([tag, values]) => [tag, values[index] ?? ""]));
  if (Object.keys(section).length === 0) return own;
  const plain = createFillIn({ substitutions: own, sections: {} }, budget);
  const sections = Object.fromEntries(Object.entries(section).map(([tag, text]) => [tag, plain(text)]));
  const inValues = createFillIn({ substitutions: sections, sections: {} }, budget);
  // A value stands before a section of the same tag.
  return {
    ...sections,
    ...Object.fromEntries(Object.entries(own).map(([tag, value]) => [tag, inValues(value)])),
  };
}
