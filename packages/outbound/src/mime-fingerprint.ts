import { createHash } from "node:crypto";
import { headerFieldRanges } from "@waxwing/message";

/** What programs write anew each time they send the same message. */
const FLEETING = new Set(["date", "message-id", "idempotency-key", "dkim-signature"]);
/** A part's header longer than that, and parts beyond that many, are compared byte by byte. */
const PART_HEADER_BYTES = 4_096;
const MAX_PARTS = 1_000;

const DELIMITER = Buffer.from("\r\n--");
const LINE_END = Buffer.from("\r\n");
const HEADER_END = Buffer.from("\r\n\r\n");

/**
 * SHA-256 of what a submitted message says and to whom, for the comparison of repeated submissions. Mail libraries give the same
 * message another Message-ID, Date and other multipart boundaries (RFC 2046 §5.1.1) when an application sends it again; these are
 * left out.
 *
 * @param raw the message as sent, every line ending in CRLF
 */
export function mimeFingerprint(raw: Buffer, recipients: readonly string[]): Buffer {
  const hash = createHash("sha256").update(JSON.stringify([...recipients].sort()));
  const ranges = headerFieldRanges(raw);
  let next = ranges.next();
  for (; next.done !== true; next = ranges.next()) {
    const { start, colon, end } = next.value;
    const name = raw
      .toString("latin1", start, Math.min(colon, start + 80))
      .trimEnd()
      .toLowerCase();
    if (FLEETING.has(name)) continue;
    const isShort = end - start <= PART_HEADER_BYTES;
    hash.update(
      name === "content-type" && isShort
        ? withoutBoundary(raw.toString("latin1", start, end))
        : raw.subarray(start, end),
    );
  }
  // From the line end before the body on, because its first line may be a delimiter.
  let at = Math.max(0, next.value - LINE_END.length);
  for (let parts = 0; parts < MAX_PARTS; parts++) {
    const delimiter = raw.indexOf(DELIMITER, at);
    if (delimiter === -1) break;
    const lineEnd = raw.indexOf(LINE_END, delimiter + LINE_END.length);
    if (lineEnd === -1) break;
    const header = raw.subarray(lineEnd, lineEnd + PART_HEADER_BYTES);
    const headerEnd = header.indexOf(HEADER_END);
    hash.update(raw.subarray(at, delimiter + DELIMITER.length));
    at = lineEnd;
    if (headerEnd === -1) continue;
    hash.update(withoutBoundary(header.toString("latin1", 0, headerEnd)));
    at += headerEnd;
  }
  return hash.update(raw.subarray(at)).digest();
}

const withoutBoundary = (text: string): string =>
  text.replace(/boundary\s*=\s*(?:"[^"]*"|[^\s;]+)/gi, "boundary");
