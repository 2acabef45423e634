import { composeHeader, headerProblem, MessageError, reservedHeaderNames } from "@waxwing/message";
import { lineProblem, memberPath, type Report, storedProblem } from "./submission-problems.ts";

/** A receiver cuts or refuses more: Postfix's header_size_limit is 100 KB, and addresses and signatures need their part. */
const MAX_HEADERS_BYTES = 65_536;
const MAX_SUBJECT_CHARS = 998;

/** Reads the custom headers in the order given. */
export function readHeaders(
  headers: Readonly<Record<string, string>>,
  report: Report,
): readonly (readonly [name: string, value: string])[] {
  const entries = Object.entries(headers);
  const seen = new Set<string>();
  let sizeBytes = 0;
  let sound = true;
  for (const [name, value] of entries) {
    const problem = nameProblem(name, seen) ?? valueProblem(name, value);
    seen.add(name.toLowerCase());
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (problem === undefined) continue;
    report(memberPath("headers", name), problem);
    sound = false;
  }
  if (sizeBytes > MAX_HEADERS_BYTES)
    report("headers", `must have at most ${MAX_HEADERS_BYTES} bytes in all, not ${sizeBytes}`);
  else if (sound) reportUnwritable(entries, report);
  return entries;
}

/** Reports what keeps a text from being the subject. */
export function checkSubject(subject: string, report: Report): void {
  if (subject.length > MAX_SUBJECT_CHARS) {
    report("subject", `is over ${MAX_SUBJECT_CHARS} characters long`);
    return;
  }
  const problem = lineProblem(subject);
  if (problem !== undefined) report("subject", problem);
}

function nameProblem(name: string, seen: ReadonlySet<string>): string | undefined {
  if (headerProblem(name, "") !== undefined)
    return "has a name that is not 1 to 76 printable ASCII characters without a colon";
  const lowerName = name.toLowerCase();
  if (reservedHeaderNames.has(lowerName)) return "cannot be set: it is written for you";
  if (seen.has(lowerName)) return "is there twice";
  return undefined;
}

function valueProblem(name: string, value: string): string | undefined {
  const problem = storedProblem(value);
  if (problem !== undefined) return problem;
  return headerProblem(name, value) === undefined ? undefined : "contains CR or LF";
}

/** The composer has the last word on what it can write; asked now, it cannot refuse after the 202. */
function reportUnwritable(entries: readonly (readonly [string, string])[], report: Report): void {
  if (entries.length === 0 || refusalOf(() => writeHeaders(entries)) === undefined) return;
  for (const entry of entries) {
    const refusal = refusalOf(() => writeHeaders([entry]));
    if (refusal !== undefined) report(memberPath("headers", entry[0]), refusal);
  }
}

const EPOCH = new Date(0);

function writeHeaders(headers: readonly (readonly [string, string])[]): void {
  composeHeader(
    { from: { address: "a@b.test" }, to: [], subject: "", messageId: "a@b.test", date: EPOCH, headers },
    { headerFields: [] },
  );
}

function refusalOf(write: () => void): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof MessageError) return `cannot be written: ${error.message}`;
    throw error;
  }
}
