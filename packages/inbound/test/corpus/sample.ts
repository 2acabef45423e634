import { readFileSync } from "node:fs";
import type { VerdictClass } from "../../src/verdict.ts";
import { ABSENCE_NOTES } from "./absence-notes.ts";
import { STANDARD_REPORTS } from "./standard-reports.ts";

/** A mail with the verdict that it should get. */
export interface Sample {
  readonly family: string;
  readonly name: string;
  readonly raw: Buffer;
  readonly expect: {
    /** The class; several where people could argue, the better one first. */
    readonly class: readonly VerdictClass[];
    readonly reasons: readonly string[];
    /** Not checked when absent. */
    readonly recipients?: readonly string[];
    readonly status?: readonly string[];
    readonly messageId?: string;
  };
}

const FAMILIES: Readonly<Record<string, string>> = {
  unix: "mail servers of Unix",
  microsoft: "Exchange and Outlook",
  providers: "mailbox providers",
  gateways: "gateways and carriers",
  complaints: "complaints",
  people: "people and programs",
};

const list = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** Reads samples from a file: `### name | class | reasons | recipients | status`, then the mail, up to the next such line. */
export function readSamples(file: string, family: string): readonly Sample[] {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return text
    .split(/^### /m)
    .slice(1)
    .map((entry): Sample => {
      const end = entry.indexOf("\n");
      const [name = "", verdict = "", reasons = "", recipients = "", status = ""] = entry
        .slice(0, end)
        .split("|")
        .map((cell) => cell.trim());
      return {
        family,
        name,
        raw: Buffer.from(entry.slice(end + 1)),
        expect: {
          class: list(verdict) as VerdictClass[],
          reasons: list(reasons),
          ...(recipients !== "" && { recipients: list(recipients) }),
          ...(status !== "" && { status: list(status) }),
        },
      };
    });
}

/** What the rules were written with. */
export const CORPUS: readonly Sample[] = [
  ...STANDARD_REPORTS,
  ...Object.entries(FAMILIES).flatMap(([file, family]) => readSamples(`${file}.txt`, family)),
  ...ABSENCE_NOTES,
];
