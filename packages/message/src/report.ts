import { messageLimits } from "./limits.ts";
import { isMessageType, type MimePart, walkParts } from "./mime-part.ts";
import { decodePart } from "./part-text.ts";
import { type HeaderField, readHeader } from "./split-header.ts";

/**
 * The machine-readable part of a report (RFC 6522 §3), of the first of these `message/` subtypes: the second part of
 * a multipart/report, and for tolerance anywhere in the message. Undefined when there is none.
 */
export const findReportPart = (root: MimePart, subtypes: readonly string[]): MimePart | undefined => {
  for (const part of walkParts(root)) {
    if (part.type === "message" && subtypes.includes(part.subtype)) return part;
  }
  return undefined;
};

/** Groups of fields in the part separated by empty lines (RFC 3464 §2.1). Decoded first: some senders encode the part. */
export const readFieldGroups = (raw: Buffer, part: MimePart, maxGroups: number): HeaderField[][] =>
  readGroups(decodePart(raw, part, messageLimits.reportBytes), maxGroups);

/** Groups of fields separated by empty lines. */
export const readGroups = (bytes: Buffer, maxGroups: number): HeaderField[][] => {
  const groups: HeaderField[][] = [];
  let at = 0;
  while (at < bytes.length && groups.length < maxGroups) {
    const { fields, bodyStart } = readHeader(bytes, at);
    if (fields.length > 0) groups.push(fields);
    at = bodyStart;
  }
  return groups;
};

/** The header of the message a report is about: from an attached message, or from a text/rfc822-headers part. */
export const readReturnedHeaders = (
  raw: Buffer,
  root: MimePart,
  reportPart: MimePart,
): readonly HeaderField[] | undefined => {
  for (const part of walkParts(root)) {
    if (part.headerStart < reportPart.headerStart) continue;
    if (part.message !== undefined) return part.message.fields;
    // RFC 6522 §4 and RFC 6533 §4; an encoded attached message is read here as well.
    const isHeaders =
      part.subtype === "rfc822-headers" || part.subtype === "global-headers" || isMessageType(part);
    if (isHeaders) return readHeader(decodePart(raw, part, messageLimits.headerBytes)).fields;
  }
  return undefined;
};

/** The value after the type in `rfc822; ann@example.test` (RFC 3464 §2.1.2); without a type, all of it. */
export const stripType = (value: string): string => {
  const semicolon = value.indexOf(";");
  return (semicolon === -1 ? value : value.slice(semicolon + 1)).trim();
};
