/**
 * SendGrid's substitution: tags, which are any texts, are replaced by values wherever they stand. A value may hold the tags of
 * sections, and the text of a section the tags of values; deeper than that nothing is replaced, so it always ends.
 */
export interface Substitution {
  readonly substitutions: Readonly<Record<string, string>>;
  readonly sections: Readonly<Record<string, string>>;
}

/** Counts down while texts are filled in, over all that belong together. */
export interface SubstitutionBudget {
  /** UTF-16 units that may come out. */
  chars: number;
  /** Look-ups of tags: what hostile tags cost (`a`, `aa`, `aaa`... in a text of `a`). */
  steps: number;
}

/** What was to come out is too long, or takes too long. */
export class SubstitutionOverflow extends Error {
  override readonly name = "SubstitutionOverflow";
}

/** Fills in texts. @throws SubstitutionOverflow */
export type FillIn = (text: string) => string;

/** Makes the function that fills in the texts of one message. Where several tags fit in one place the longest is meant. */
export function createFillIn({ substitutions, sections }: Substitution, budget: SubstitutionBudget): FillIn {
  const values = Object.entries(substitutions);
  const texts = Object.entries(sections);
  if (values.length + texts.length === 0) return (text) => text;
  const plain = createReplacer(new Map(values.map(([tag, value]) => [tag, () => value])), budget);
  if (texts.length === 0) return plain;
  const inSections = new Map(texts.map(([tag, text]) => [tag, once(() => plain(text))] as const));
  const ofSections = createReplacer(inSections, budget);
  const inValues = values.map(([tag, value]) => [tag, once(() => ofSections(value))] as const);
  // A value stands before a section of the same tag.
  return createReplacer(new Map([...inSections, ...inValues]), budget);
}

/**
 * How many times longer than its source a text can become at most: what the tags cost in the source against what they bring. A cheap
 * answer to whether filling in can overflow at all.
 */
export function longestGrowth({ substitutions, sections }: Substitution): number {
  const values = growthOf(substitutions);
  return Object.keys(sections).length === 0 ? values : values * growthOf(sections) * values;
}

function growthOf(table: Readonly<Record<string, string>>): number {
  let growth = 1;
  for (const [tag, value] of Object.entries(table)) {
    if (tag !== "") growth = Math.max(growth, value.length / tag.length);
  }
  return growth;
}

function createReplacer(table: ReadonlyMap<string, () => string>, budget: SubstitutionBudget): FillIn {
  const lengthsByFirst = new Map<string, number[]>();
  for (const tag of table.keys()) {
    if (tag === "") continue;
    const lengths = lengthsByFirst.get(tag.charAt(0)) ?? [];
    if (!lengths.includes(tag.length)) lengths.push(tag.length);
    lengthsByFirst.set(tag.charAt(0), lengths);
  }
  if (lengthsByFirst.size === 0) return (text) => text;
  for (const lengths of lengthsByFirst.values()) lengths.sort((a, b) => b - a);
  const candidates = new RegExp(`[${[...lengthsByFirst.keys()].map(escaped).join("")}]`, "g");

  return (text) => {
    const pieces: string[] = [];
    const put = (piece: string): void => {
      budget.chars -= piece.length;
      if (budget.chars < 0) throw new SubstitutionOverflow("too long");
      pieces.push(piece);
    };
    let copied = 0;
    candidates.lastIndex = 0;
    for (let match = candidates.exec(text); match !== null; match = candidates.exec(text)) {
      const at = match.index;
      for (const length of lengthsByFirst.get(match[0]) ?? []) {
        if (--budget.steps < 0) throw new SubstitutionOverflow("too many tags");
        const value = table.get(text.slice(at, at + length));
        if (value === undefined) continue;
        put(text.slice(copied, at));
        put(value());
        copied = at + length;
        candidates.lastIndex = copied;
        break;
      }
    }
    put(text.slice(copied));
    return pieces.join("");
  };
}

/** A UTF-16 unit as a member of a character class. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
