import { readFileSync } from "node:fs";
import type { Exchange } from "./play-script.ts";

/** Where Waxwing and Dovecot answer one command differently; lines that both have are left out. */
export interface Difference {
  /** Script and command. */
  readonly at: string;
  readonly waxwing: readonly string[];
  readonly dovecot: readonly string[];
}

/** The differences of two comparable conversations. A command that one of them never came to is not compared. */
export function compareExchanges(
  script: string,
  waxwing: readonly Exchange[],
  dovecot: readonly Exchange[],
): readonly Difference[] {
  const found: Difference[] = [];
  let from = 0;
  for (const { said, answers } of waxwing) {
    const at = dovecot.findIndex((exchange, index) => index >= from && exchange.said === said);
    if (at < 0) continue;
    from = at + 1;
    const theirs = dovecot[at]?.answers ?? [];
    const onlyOurs = answers.filter((line) => !theirs.includes(line));
    const onlyTheirs = theirs.filter((line) => !answers.includes(line));
    if (onlyOurs.length + onlyTheirs.length > 0) {
      found.push({ at: `${script}: ${said}`, waxwing: onlyOurs, dovecot: onlyTheirs });
    }
  }
  return found;
}

/** A difference as `differences.md` has it. */
export function printDifference({ at, waxwing, dovecot }: Difference): string {
  const lines = [at, ...waxwing.map((line) => `W ${line}`), ...dovecot.map((line) => `D ${line}`)];
  return lines.map((line) => `    ${line}`).join("\n");
}

/**
 * The differences that are known, as `printDifference` prints them: the indented blocks of `differences.md`.
 *
 * @throws when a block stands under no reason
 */
export function readKnownDifferences(): ReadonlySet<string> {
  const text = readFileSync(new URL("differences.md", import.meta.url), "utf8");
  const known = new Set<string>();
  for (const section of text.split(/^## /m).slice(1)) {
    const [heading = "", ...paragraphs] = section.split(/\n\n+/);
    const blocks = paragraphs.map((one) => one.trimEnd()).filter((one) => one.startsWith("    "));
    if (!paragraphs.some((one) => /^\S/.test(one))) throw new Error(`no reason is given for: ${heading}`);
    for (const block of blocks) known.add(block);
  }
  return known;
}
