/** The URL of a webhook, or what is wrong with it. */
export type WebhookUrl =
  | { readonly kind: "url"; readonly href: string }
  | { readonly kind: "invalid"; readonly reason: string };

const MAX_CHARS = 2_048;

/**
 * Reads the URL of a webhook. Which addresses may be called is decided when it is called: a name can point elsewhere by then.
 */
export function readWebhookUrl(text: string): WebhookUrl {
  if (text.length > MAX_CHARS) return invalid(`is over ${MAX_CHARS} characters long`);
  if (/[\p{Cc}\s]/u.test(text) || !text.isWellFormed())
    return invalid("contains white space or a control character");
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return invalid("must be an http or https URL");
  // They would be stored and shown in the clear.
  if (url.username !== "" || url.password !== "") return invalid("must not hold a user or password");
  url.hash = "";
  return { kind: "url", href: url.href };
}

function invalid(reason: string): WebhookUrl {
  return { kind: "invalid", reason };
}
