import { firstValue } from "@waxwing/message";
import { BOUNCE_FORMATS, type BounceFormat } from "./rules/bounce-formats.ts";
import type { SeenMail } from "./sender-signs.ts";

/** Characters of a report's text in which its system gives itself away. */
const MAX_MARK_CHARS = 8_000;

/** Which mail system's report it is, or null. */
export function tellFormat({ parsed, signs, text }: SeenMail): BounceFormat | null {
  const said = text().lower.slice(0, MAX_MARK_CHARS);
  const found = BOUNCE_FORMATS.find((format) => {
    if (format.subject !== undefined && !format.subject.test(signs.subject)) return false;
    if (format.field !== undefined) {
      const value = firstValue(parsed.fields, format.field)?.slice(0, 500).toLowerCase();
      if (value === undefined || value === "") return false;
      if (format.fieldSays !== undefined && !format.fieldSays.test(value)) return false;
    }
    if (format.text === undefined) return true;
    return format.isAllText === true
      ? format.text.every((mark) => said.includes(mark))
      : format.text.some((mark) => said.includes(mark));
  });
  return found ?? null;
}
