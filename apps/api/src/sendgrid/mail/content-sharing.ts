import type { PartsContent } from "@waxwing/outbound";

/**
 * Bytes of different contents that one request may make: a template of a megabyte for a thousand recipients, or an attachment that
 * each of a thousand worded for itself carries, would otherwise be a gigabyte held at once.
 */
const MAX_BYTES = 96 * 1024 * 1024;

/**
 * Makes the function that gives contents that say the same as one object, which is then encoded and stored once.
 *
 * @param tooLarge makes what is thrown when all that differ are too much together
 */
export function shareContents(
  tooLarge: () => Error,
): (content: PartsContent, attachmentBytes: number) => PartsContent {
  const known = new Map<string, PartsContent>();
  let sizeBytes = 0;
  return (content, attachmentBytes) => {
    const { text, html } = content;
    // Lengths keep two pairs from running together.
    const key = `${text?.length ?? "-"}:${text ?? ""}${html ?? ""}`;
    const same = known.get(key);
    if (same !== undefined) return same;
    // base64 makes 4 bytes of 3.
    sizeBytes += Buffer.byteLength(key) + Math.ceil((attachmentBytes * 4) / 3);
    if (sizeBytes > MAX_BYTES) throw tooLarge();
    known.set(key, content);
    return content;
  };
}
