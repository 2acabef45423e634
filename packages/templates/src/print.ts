type Printed =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unprintable"; readonly message: string }
  | { readonly kind: "too-much" };

// The characters that Handlebars escapes: with = and ` an unquoted attribute of an old browser cannot be left either.
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
  "`": "&#x60;",
  "=": "&#x3D;",
};
const ESCAPED = /[&<>"'`=]/;
const ALL_ESCAPED = /[&<>"'`=]/g;

/**
 * The text that stands for a value: nothing for null and undefined, a list's members with commas between. An object has none;
 * Handlebars prints "[object Object]", which nobody ever meant.
 *
 * @param options.maxChars how much there is room for; longer values are not even escaped
 */
export function printedText(
  value: unknown,
  options: { readonly escaped: boolean; readonly maxChars: number; readonly spend: (steps: number) => void },
): Printed {
  const { escaped, maxChars, spend } = options;
  switch (typeof value) {
    case "string":
      if (value.length > maxChars) return { kind: "too-much" };
      spend(value.length >> (escaped ? 3 : 6));
      return { kind: "text", text: escaped ? escapeHtml(value) : value };
    case "number":
    case "boolean":
      return { kind: "text", text: String(value) };
    case "object":
      if (value === null) return { kind: "text", text: "" };
      if (Array.isArray(value)) return printedList(value, options);
      return { kind: "unprintable", message: "is an object, which cannot be printed" };
    default:
      return { kind: "text", text: "" };
  }
}

function printedList(list: readonly unknown[], options: Parameters<typeof printedText>[1]): Printed {
  let text = "";
  options.spend(list.length);
  for (const [index, item] of list.entries()) {
    if (typeof item === "object" && item !== null) {
      return { kind: "unprintable", message: "is a list of lists or objects, which cannot be printed" };
    }
    const printed = printedText(item, { ...options, maxChars: options.maxChars - text.length });
    if (printed.kind !== "text") return printed;
    text += index === 0 ? printed.text : `,${printed.text}`;
  }
  return { kind: "text", text };
}

function escapeHtml(text: string): string {
  return ESCAPED.test(text) ? text.replace(ALL_ESCAPED, (char) => ENTITIES[char] ?? char) : text;
}

/** What keeps a printed text out of a subject, or undefined. A line break there begins another header (header injection). */
export function subjectProblem(text: string): string | undefined {
  if (/[\r\n]/.test(text)) return "contains a line break, which a subject cannot have";
  if (/\p{Cc}/u.test(text)) return "contains a control character, which a subject cannot have";
  return undefined;
}
