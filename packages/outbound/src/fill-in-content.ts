import type { PartsContent } from "./content.ts";
import { createFillIn, longestGrowth, type SubstitutionBudget, SubstitutionOverflow } from "./substitute.ts";

/**
 * What filling in one content may take. Composing grants as much; who accepts a message asks {@link canFillIn} first, so that it
 * cannot fail after the 202.
 */
const LIMITS: Readonly<SubstitutionBudget> = { chars: 64 * 1024 * 1024, steps: 10_000_000 };

type Values = Readonly<Record<string, string>>;

/** The content with the tags of its texts replaced. @throws SubstitutionOverflow where {@link canFillIn} says no. */
export function fillInContent(parts: PartsContent, substitutions: Values = {}): PartsContent {
  return filled(parts, substitutions, { ...LIMITS });
}

/**
 * Whether {@link fillInContent} will do. Where a look at the lengths does not say so, it is tried, and what that takes is taken out of
 * `budget`; when there is none left the answer is no.
 */
export function canFillIn(parts: PartsContent, substitutions: Values, budget: SubstitutionBudget): boolean {
  if (staysSmall(parts, substitutions)) return true;
  const granted = {
    chars: Math.min(LIMITS.chars, budget.chars),
    steps: Math.min(LIMITS.steps, budget.steps),
  };
  const left = { ...granted };
  try {
    filled(parts, substitutions, left);
    return true;
  } catch (error) {
    if (error instanceof SubstitutionOverflow) return false;
    throw error;
  } finally {
    budget.chars -= granted.chars - Math.max(0, left.chars);
    budget.steps -= granted.steps - Math.max(0, left.steps);
  }
}

function filled(parts: PartsContent, substitutions: Values, budget: SubstitutionBudget): PartsContent {
  const { text, html, alternatives, sections = {}, ...rest } = parts;
  const fillIn = createFillIn({ substitutions, sections }, budget);
  return {
    ...rest,
    ...(text !== undefined && { text: fillIn(text) }),
    ...(html !== undefined && { html: fillIn(html) }),
    ...(alternatives !== undefined && {
      alternatives: alternatives.map(({ type, value }) => ({ type, value: fillIn(value) })),
    }),
  };
}

/** From the lengths alone: what comes out if a text is nothing but the tag that grows most, and every place is looked at. */
function staysSmall(parts: PartsContent, substitutions: Values): boolean {
  const { text = "", html = "", alternatives = [], sections = {} } = parts;
  let chars = text.length + html.length;
  for (const { value } of alternatives) chars += value.length;
  for (const value of Object.values(sections)) chars += value.length;
  for (const value of Object.values(substitutions)) chars += value.length;
  const lengths = new Set([...Object.keys(substitutions), ...Object.keys(sections)].map((tag) => tag.length));
  // Twice: what is put into a value is put into the text again.
  return (
    2 * chars * longestGrowth({ substitutions, sections }) <= LIMITS.chars &&
    chars * lengths.size <= LIMITS.steps
  );
}
