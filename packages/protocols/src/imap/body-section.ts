import { headerFields, type MimeEntity, scanMime } from "./mime-scan.ts";
import { decodeTransferEncoding } from "./transfer-decoding.ts";

/** Which octets of a message or part (RFC 9051 §6.4.5.1, `section-spec`). */
export type SectionText =
  | { readonly kind: "all" }
  | { readonly kind: "header" }
  | { readonly kind: "fields"; readonly names: readonly string[]; readonly not: boolean }
  | { readonly kind: "text" }
  | { readonly kind: "mime" };

export interface BodySection {
  /** Part numbers from the outside in; empty for the message itself. */
  readonly path: readonly number[];
  readonly text: SectionText;
}

/** The octets of a section, a view into `raw` where possible; null if there is no such part. Never throws. */
export function extractSection(raw: Buffer, section: BodySection): Buffer | null {
  const { path, text } = section;
  // The whole message or its header need no MIME scan.
  if (path.length === 0 && text.kind !== "mime") return cutMessage(raw, 0, raw.length, text);
  const located = locate(scanMime(raw), path);
  if (located === null) return null;
  const { entity, self } = located;
  switch (text.kind) {
    case "all":
      return raw.subarray(entity.bodyStart, entity.bodyEnd);
    case "mime":
      return raw.subarray(entity.headerStart, entity.bodyStart);
    case "header":
    case "fields":
    case "text": {
      // RFC 9051 §6.4.5.1: with part numbers, these need a message/rfc822 part and speak of the message inside.
      const message = entity.message;
      return message === null || self ? null : cutMessage(raw, message.headerStart, message.bodyEnd, text);
    }
  }
}

/**
 * The decoded octets of a part for BINARY (RFC 3516 §4.2): the whole message for an empty path; `unknown-encoding`
 * if its Content-Transfer-Encoding is not one of RFC 2045.
 */
export function extractBinary(raw: Buffer, path: readonly number[]): Buffer | null | "unknown-encoding" {
  if (path.length === 0) return raw;
  const located = locate(scanMime(raw), path);
  if (located === null) return null;
  const { entity } = located;
  const body = raw.subarray(entity.bodyStart, entity.bodyEnd);
  if (entity.type === "multipart" || entity.message !== null) return body;
  return decodeTransferEncoding(body, entity.encoding) ?? "unknown-encoding";
}

function cutMessage(raw: Buffer, start: number, end: number, text: SectionText): Buffer {
  if (text.kind === "all" || text.kind === "mime") return raw.subarray(start, end);
  const kept: Buffer[] = [];
  for (const field of headerFields(raw, start, end)) {
    if (field.kind === "end") {
      if (text.kind === "header") return raw.subarray(start, field.bodyStart);
      if (text.kind === "text") return raw.subarray(field.bodyStart, end);
    } else if (text.kind === "fields" && text.names.includes(field.name) !== text.not) {
      kept.push(raw.subarray(field.start, field.end));
    }
  }
  // RFC 9051 §6.4.5.1: the empty line is always part of a subset.
  return Buffer.concat([...kept, Buffer.from("\r\n")]);
}

/** `self`: the number 1 was spent on a message that is not a multipart and has itself as its only part. */
function locate(root: MimeEntity, path: readonly number[]): { entity: MimeEntity; self: boolean } | null {
  let entity = root;
  let self = false;
  // A part number counts inside a multipart, or inside the message that a message/rfc822 holds.
  let container: MimeEntity | null = root;
  for (const number of path) {
    if (container === null) return null;
    if (container.type === "multipart") {
      const part: MimeEntity | undefined = container.parts[number - 1];
      if (part === undefined) return null;
      entity = part;
      self = false;
    } else {
      // RFC 9051 §6.4.5.1: a message that is not a multipart has its body as part 1.
      if (number !== 1) return null;
      entity = container;
      self = entity.message === null;
    }
    container = entity.type === "multipart" ? entity : entity.message;
  }
  return { entity, self };
}
