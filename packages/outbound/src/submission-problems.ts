/** One thing wrong with a submission: the field by its path in the JSON body, and what is wrong, as the end of a sentence. */
export interface SubmissionProblem {
  readonly field: string;
  readonly message: string;
}

/** Takes the problems of one submission. */
export type Report = (field: string, message: string) => void;

/** Beyond this many problems nobody reads on, and a hostile body must not grow its answer without bound. */
const MAX_PROBLEMS = 100;

/** Collects problems, at most 100. */
export function createProblemList(): {
  readonly report: Report;
  readonly problems: readonly SubmissionProblem[];
} {
  const problems: SubmissionProblem[] = [];
  return {
    problems,
    report: (field, message) => {
      if (problems.length < MAX_PROBLEMS) problems.push({ field, message });
    },
  };
}

/** The path of a member: `headers.X-Foo`, or `headers["X: Foo"]` for a name that is not plain; long names are cut. */
export function memberPath(parent: string, name: string): string {
  if (/^[\w-]{1,80}$/.test(name)) return `${parent}.${name}`;
  return `${parent}[${JSON.stringify(name.slice(0, 80).toWellFormed())}]`;
}

// C0, DEL and C1 (Unicode category Cc), which holds CR, LF and NUL.
const CONTROL = /\p{Cc}/u;

/**
 * What keeps a text out of a header or a database column, or undefined. CR and LF are header injection; NUL and half surrogates
 * are texts that PostgreSQL refuses, and because accepts share one statement (group commit) such a text would take the messages
 * of others down with it.
 */
export function lineProblem(text: string): string | undefined {
  const problem = storedProblem(text);
  if (problem !== undefined) return problem;
  if (text.includes("\r") || text.includes("\n")) return "contains CR or LF";
  if (CONTROL.test(text)) return "contains a control character";
  return undefined;
}

/** What keeps a text out of a database column, or undefined: see {@link lineProblem}. */
export function storedProblem(text: string): string | undefined {
  if (text.includes("\0")) return "contains a NUL";
  if (!text.isWellFormed()) return "contains half of a Unicode character";
  return undefined;
}
