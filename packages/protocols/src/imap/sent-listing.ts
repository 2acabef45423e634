import { isUtf8 } from "node:buffer";
import type { BodyStructure, Envelope } from "../message-structure.ts";
import { formatBodyStructure, formatEnvelope } from "./message-structure-format.ts";

/** What FETCH sends of a message beside its body, made once; null: has to be made each time. */
export interface SentListing {
  /** ENVELOPE's value. */
  readonly envelope: string | null;
  /** BODYSTRUCTURE's value. */
  readonly bodyStructure: string | null;
  /** The header with its empty line. */
  readonly header: string | null;
}

/** More than this is rare, and is read from the message itself. */
const MAX_HEADER_BYTES = 16 * 1024;

/** For a store that keeps it beside the message and gives it out in `MessageRow.sent`. */
export function sentListing(
  raw: Buffer,
  parsed: { readonly envelope: Envelope; readonly bodyStructure: BodyStructure },
): SentListing {
  const header = raw.subarray(0, headerEnd(raw) ?? raw.length);
  return {
    envelope: storable(formatEnvelope(parsed.envelope)),
    bodyStructure: storable(formatBodyStructure(parsed.bodyStructure, true)),
    header: header.length <= MAX_HEADER_BYTES ? storable(header) : null,
  };
}

/** Null for what is not the same octets when read back as text, or what stores of text may not take. */
function storable(octets: Buffer): string | null {
  return isUtf8(octets) && !octets.includes(0) ? octets.toString("utf8") : null;
}

/** The index after the empty line that ends the header (RFC 5322 §2.1), with CRLF or bare LF; null when there is none. */
export function headerEnd(raw: Buffer): number | null {
  if (raw[0] === 0x0a) return 1;
  if (raw[0] === 0x0d && raw[1] === 0x0a) return 2;
  const crlf = raw.indexOf("\n\r\n");
  const lf = raw.subarray(0, crlf === -1 ? raw.length : crlf).indexOf("\n\n");
  if (lf !== -1) return lf + 2;
  return crlf === -1 ? null : crlf + 3;
}
