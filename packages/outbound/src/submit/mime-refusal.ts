import type { SubmissionProblem } from "../submission-problems.ts";

/** A refusal of a submitted message or address: SMTP reply code, enhanced code (RFC 3463) and one line that says what to change. */
export interface MimeRefusal {
  readonly kind: "refused";
  readonly code: 550 | 554;
  readonly enhanced: string;
  readonly text: string;
}

export const refused = (code: 550 | 554, enhanced: string, text: string): MimeRefusal => ({
  kind: "refused",
  code,
  enhanced,
  text,
});

/** RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, its codes and CRLF among them. */
const MAX_TEXT_CHARS = 480;

/** One refusal that names every problem, as far as they go into one line. */
export function refusedFor(problems: readonly SubmissionProblem[]): MimeRefusal {
  let text = "";
  for (const [index, { field, message }] of problems.entries()) {
    // A reply is ASCII without control characters, whatever the client wrote.
    const problem = `${field} ${message}`.replace(/[^\x20-\x7e]+/g, "?");
    const left = ` (and ${problems.length - index} more)`;
    if (text.length + problem.length + 2 + left.length > MAX_TEXT_CHARS) {
      text = text === "" ? problem.slice(0, MAX_TEXT_CHARS) : text + left;
      break;
    }
    text += text === "" ? problem : `; ${problem}`;
  }
  return refused(550, "5.6.0", text);
}
