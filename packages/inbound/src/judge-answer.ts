import { firstValue } from "@waxwing/message";
import { holdsPart } from "./judge-report.ts";
import {
  ANSWER_FIELDS,
  CHALLENGES,
  findSign,
  PROGRAM_FIELDS,
  UNSUBSCRIBE_REQUEST,
} from "./rules/answer-signs.ts";
import { ABSENCE_WORDS, ANSWER_SUBJECTS, RECEIPT_SUBJECT } from "./rules/answer-subjects.ts";
import { isReplySubject, type SeenMail } from "./sender-signs.ts";
import type { Verdict, VerdictClass } from "./verdict.ts";

const MAX_TEXT_CHARS = 4_000;

/** Judges mail that is no report: automatic answers, challenges, requests to get no more mail, answers by people, anything else. */
export function judgeAnswer(mail: SeenMail): Verdict {
  const { parsed, signs } = mail;
  const say = (
    verdictClass: VerdictClass,
    reason: string,
    rule: string,
    confidence: number,
    source = RFC_3834,
  ): Verdict => ({
    class: verdictClass,
    reason,
    recipients: [],
    unnamed: null,
    originalMessageId: parsed.inReplyTo ?? parsed.references.at(-1) ?? null,
    confidence,
    rule,
    source,
  });

  if (holdsPart(parsed.root, ["disposition-notification", "global-disposition-notification"]))
    return say(
      "auto-reply",
      "read-receipt",
      "auto-reply.mdn",
      0.99,
      "https://www.rfc-editor.org/rfc/rfc8098",
    );
  if (
    /^(?:report domain:|tls[- ]report\b)/.test(signs.subject) ||
    /^dmarc aggregate report/.test(signs.subject)
  )
    return say(
      "other",
      "aggregate-report",
      "other.aggregate-report",
      0.9,
      "https://www.rfc-editor.org/rfc/rfc7489#section-7.2.1.1",
    );

  const challenge = findChallenge(mail);
  if (challenge !== undefined)
    return say("auto-reply", "challenge", `challenge.${challenge.name}`, 0.85, challenge.source);

  const isList =
    firstValue(parsed.fields, "list-id") !== undefined ||
    firstValue(parsed.fields, "list-post") !== undefined;
  const answers = findSign(parsed.fields, ANSWER_FIELDS);
  const program = findSign(parsed.fields, PROGRAM_FIELDS);
  const bare = signs.subject.replace(/^[^\p{L}\p{N}]{1,20}/u, "");
  const subject = ANSWER_SUBJECTS.find(({ says }) => says.test(signs.subject) || says.test(bare));
  const isReceipt = RECEIPT_SUBJECT.test(signs.subject);
  const tied = signs.namesMessage || isReplySubject(signs.subject);
  const isAbsence = () => ABSENCE_WORDS.test(mail.text().lower.slice(0, MAX_TEXT_CHARS));
  const kind = () => ((subject !== undefined && !isReceipt) || isAbsence() ? "out-of-office" : "receipt");

  if (answers !== undefined && !isList)
    return say("auto-reply", kind(), `auto-reply.${answers.field}`, 0.97, answers.source);
  if (subject !== undefined && !isList) {
    const isSecond = program !== undefined || signs.isNullSender || signs.isFromServer;
    if (!isReceipt || isSecond || (signs.namesMessage && /^(?:no-?reply|do-?not-?reply)/.test(signs.from)))
      return say(
        "auto-reply",
        kind(),
        `auto-reply.subject.${subject.language}`,
        isSecond ? 0.95 : 0.85,
        subject.source,
      );
  }
  if (program !== undefined && !isList) {
    if (tied || signs.isNullSender)
      return say("auto-reply", kind(), `auto-reply.${program.field}`, 0.85, program.source);
    if (isAbsence() && program.field !== "feedback-id")
      return say("auto-reply", "out-of-office", `auto-reply.${program.field}`, 0.7, program.source);
  }
  // RFC 5321 §4.5.5: automatic answers have the null reverse-path; people have not.
  if (signs.isNullSender && !isList && (tied || isAbsence()))
    return say("auto-reply", kind(), "auto-reply.null-sender", 0.75);

  const unsubscribes = !isList && asksToStop(mail);
  if (
    program === undefined &&
    !isList &&
    tied &&
    !(signs.isAnswer && !isReplySubject(signs.subject) && !signs.namesMessage)
  )
    return say(
      "reply",
      unsubscribes ? "unsubscribe" : "person",
      signs.namesMessage ? "reply.references" : "reply.subject",
      signs.namesMessage ? 0.95 : 0.8,
      "https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4",
    );
  if (unsubscribes)
    return say(
      "other",
      "unsubscribe",
      "other.unsubscribe",
      0.85,
      "https://www.rfc-editor.org/rfc/rfc2369#section-3.2",
    );
  if (isList) return say("other", "list", "other.list", 0.8, "https://www.rfc-editor.org/rfc/rfc2919");
  return program === undefined
    ? say("other", "mail", "other", 0.6)
    : say("other", "automatic", `other.${program.field}`, 0.8, program.source);
}

const RFC_3834 = "https://www.rfc-editor.org/rfc/rfc3834";

function findChallenge(mail: SeenMail): (typeof CHALLENGES)[number] | undefined {
  const { parsed, signs } = mail;
  return CHALLENGES.find(
    ({ subject, from, text, field }) =>
      (subject === undefined || subject.test(signs.subject)) &&
      (from === undefined || from.test(signs.from)) &&
      (field === undefined || firstValue(parsed.fields, field) !== undefined) &&
      (text === undefined || text.test(mail.text().lower.slice(0, MAX_TEXT_CHARS))),
  );
}

/** A request to get no more mail is a whole subject, or a whole first line; a word in a sentence is a person's affair. */
function asksToStop({ signs, text }: SeenMail): boolean {
  if (UNSUBSCRIBE_REQUEST.test(signs.subject)) return true;
  const first =
    text()
      .lines.find((line) => line.trim() !== "")
      ?.trim()
      .toLowerCase() ?? "";
  return first.length <= 120 && UNSUBSCRIBE_REQUEST.test(first);
}
