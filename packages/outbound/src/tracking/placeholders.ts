/** A link that stands for a placeholder. */
export type PlaceholderLink = "group" | "global" | "preferences";

/**
 * What `{{unsubscribe}}` and `{{unsubscribe_preferences}}` of a template become until a recipient's message is composed: templates
 * are filled once, when a message is accepted. No character of them is changed by HTML escaping, so that two braces and three do
 * the same.
 */
export const TEMPLATE_PLACEHOLDERS = {
  unsubscribe: "[%waxwing_unsubscribe%]",
  unsubscribe_preferences: "[%waxwing_unsubscribe_preferences%]",
} as const;

interface Placeholder {
  readonly link: PlaceholderLink;
  /** The words of the link; null where the bare address is asked for. */
  readonly words: string | null;
}

/**
 * Texts that a recipient's own link takes the place of. Source of the `asm` ones and their words: SendGrid's "Recipient
 * Subscription Preferences" and "Unsubscribe Methods".
 */
const PLACEHOLDERS: Readonly<Record<string, Placeholder>> = {
  [TEMPLATE_PLACEHOLDERS.unsubscribe]: { link: "group", words: null },
  [TEMPLATE_PLACEHOLDERS.unsubscribe_preferences]: { link: "preferences", words: null },
  "<%asm_group_unsubscribe_raw_url%>": { link: "group", words: null },
  "<%asm_global_unsubscribe_raw_url%>": { link: "global", words: null },
  "<%asm_preferences_raw_url%>": { link: "preferences", words: null },
  "<%asm_group_unsubscribe_url%>": { link: "group", words: "Unsubscribe From This List" },
  "<%asm_global_unsubscribe_url%>": { link: "global", words: "Unsubscribe From All Emails" },
  "<%asm_preferences_url%>": { link: "preferences", words: "Manage Email Preferences" },
};

const PATTERN =
  /\[%waxwing_unsubscribe(?:_preferences)?%\]|<%asm_(?:(?:group|global)_unsubscribe|preferences)(?:_raw)?_url%>/g;

/** Whether a text, or a message that is not encoded, may ask for a link by a placeholder of this list. */
export function hasPlaceholder(text: string | Buffer | undefined): boolean {
  return text !== undefined && (text.includes("<%asm_") || text.includes("[%waxwing_unsubscribe"));
}

/** Every placeholder of a text, in order. */
export function findPlaceholders(
  text: string,
): readonly ({ readonly start: number; readonly end: number } & Placeholder)[] {
  return [...text.matchAll(PATTERN)].flatMap((match) => {
    const placeholder = PLACEHOLDERS[match[0]];
    if (placeholder === undefined) return [];
    return [{ start: match.index, end: match.index + match[0].length, ...placeholder }];
  });
}
