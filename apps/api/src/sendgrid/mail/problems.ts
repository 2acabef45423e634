import { MESSAGES, SendgridError, type SendgridProblem } from "../errors.ts";

/** Tells what is wrong with a field, dotted (`personalizations.0.to`). */
export type Report = (field: string, message: string) => void;

/** Collects everything that is wrong with a mail. */
export interface MailProblems {
  readonly report: Report;
  readonly found: readonly SendgridProblem[];
  /** @throws SendgridError (400) when anything was reported. */
  readonly throwAny: () => void;
}

/** Beyond this many problems nobody reads on, and a hostile body must not grow its answer without bound. */
const MAX_PROBLEMS = 100;
/** Text of the request that is quoted is cut here. */
const MAX_QUOTED_CHARS = 300;

const HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message.";

export function collectProblems(): MailProblems {
  const found: SendgridProblem[] = [];
  return {
    found,
    report: (field, message) => {
      const help = message === MESSAGES.badRequest ? null : helpOf(field);
      if (found.length < MAX_PROBLEMS) found.push({ message, field, help });
    },
    throwAny: () => {
      if (found.length > 0) throw new SendgridError(400, found);
    },
  };
}

/** A value of the request as a message quotes it. */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.slice(0, MAX_QUOTED_CHARS).toWellFormed();
}

/** The page about a field. Its anchor is the field without indexes; an address is explained with its list. */
export function helpOf(field: string): string {
  const anchor = field
    .replace(/\.\d+/g, "")
    .replace(/(\.(?:to|cc|bcc)|^(?:from|reply_to|reply_to_list))\.(?:email|name)$/, "$1");
  return `${HELP}${anchor}`;
}
