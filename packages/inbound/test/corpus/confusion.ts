import { BOUNCE_FORMATS } from "../../src/rules/bounce-formats.ts";
import { COMPLAINT_FORMATS } from "../../src/rules/complaint-formats.ts";
import { VERDICT_CLASSES, type VerdictClass } from "../../src/verdict.ts";
import { judgeSample } from "./judge-sample.ts";
import { CORPUS, readSamples, type Sample } from "./sample.ts";

/** Samples of formats that no rule was written for. */
export const HELD_OUT: readonly Sample[] = readSamples("held-out.txt", "held out");

const START = "<!-- generated: node packages/inbound/generate.ts -->";
const END = "<!-- end of what is generated -->";

/**
 * docs/classification.md with its tables as the samples give them now; what stands outside the marks is written by hand.
 *
 * @throws when the marks are missing
 */
export function withTables(document: string): string {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  if (start === -1 || end < start) throw new Error(`docs/classification.md lacks ${START} or ${END}`);
  return `${document.slice(0, start)}${START}\n\n${tables()}\n${document.slice(end)}`;
}

function tables(): string {
  return [
    `### The ${CORPUS.length} samples that the rules were written with`,
    confusion(CORPUS),
    byFamily(),
    `### ${HELD_OUT.length} samples of formats held out`,
    confusion(HELD_OUT),
    "### Formats known by name",
    formats(),
  ].join("\n\n");
}

/** Rows are what the samples are, columns what they are judged to be. Where people could argue, each defensible class is right. */
function confusion(samples: readonly Sample[]): string {
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const { verdict } = judgeSample(sample);
    const [best = "other"] = sample.expect.class;
    const is: VerdictClass = sample.expect.class.includes(verdict.class) ? verdict.class : best;
    const key = `${is} ${verdict.class}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = VERDICT_CLASSES.map((is) => [
    `**${is}**`,
    ...VERDICT_CLASSES.map((judged) => String(counts.get(`${is} ${judged}`) ?? "")),
  ]);
  return table(["is, judged", ...VERDICT_CLASSES], rows);
}

function byFamily(): string {
  const families = new Map<string, { samples: number; right: number }>();
  for (const sample of CORPUS) {
    const family = families.get(sample.family) ?? { samples: 0, right: 0 };
    family.samples++;
    if (judgeSample(sample).differences.length === 0) family.right++;
    families.set(sample.family, family);
  }
  const rows = [...families].map(([name, { samples, right }]) => [name, String(samples), String(right)]);
  return table(["family", "samples", "right in class, reason, recipients and status"], rows);
}

function formats(): string {
  const sources = new Map(
    [...BOUNCE_FORMATS, ...COMPLAINT_FORMATS].map(({ name, source }) => [name, source]),
  );
  return [...sources].map(([name, source]) => `[${name}](${source})`).join(", ");
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
