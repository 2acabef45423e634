import { firstValue, type HeaderField } from "./split-header.ts";

/**
 * Whether a program wrote the message. `auto-replied`: it answers another message (out of office). `auto-generated`:
 * it was sent by itself. `bulk`: a list or a mass mailing. `because` names the field that says so.
 */
export type AutoReply =
  | { readonly kind: "person" }
  | { readonly kind: "auto-replied" | "auto-generated" | "bulk"; readonly because: string };

// Subjects are no standard, so only the fields of known senders count beside those of RFC 3834.
const REPLY_FIELDS = ["x-autoreply", "x-autorespond", "x-auto-reply-from", "x-mail-autoreply"];

/** Reads the signs of automatic mail: RFC 3834 §5, and the older ones that Exchange, cPanel and lists use. */
export const detectAutoReply = (fields: readonly HeaderField[]): AutoReply => {
  const word = (name: string): string =>
    firstValue(fields, name)
      ?.split(/[\s;(]/, 1)[0]
      ?.toLowerCase() ?? "";
  const submitted = word("auto-submitted");
  // RFC 3834 §5: "no" is a person; any other word, known or not, is a program.
  if (submitted.startsWith("auto-replied")) return { kind: "auto-replied", because: "Auto-Submitted" };
  for (const name of REPLY_FIELDS) {
    const value = word(name);
    if (value !== "" && value !== "no") return { kind: "auto-replied", because: name };
  }
  const precedence = word("precedence");
  if (precedence === "auto_reply" || precedence === "auto-reply")
    return { kind: "auto-replied", because: "Precedence" };
  if (submitted !== "" && submitted !== "no") return { kind: "auto-generated", because: "Auto-Submitted" };
  if (precedence === "bulk" || precedence === "list" || precedence === "junk") {
    return { kind: "bulk", because: "Precedence" };
  }
  if (firstValue(fields, "list-id") !== undefined) return { kind: "bulk", because: "List-Id" };
  // Microsoft [MS-OXCMAIL] §2.2.3.2.14: set by programs that want no answer; it does not say that they answer.
  const suppress = word("x-auto-response-suppress");
  if (suppress !== "" && suppress !== "none")
    return { kind: "auto-generated", because: "X-Auto-Response-Suppress" };
  return { kind: "person" };
};
