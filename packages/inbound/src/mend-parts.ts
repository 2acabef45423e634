import { type MimePart, parseMimeParts } from "@waxwing/message";

/** A mail's bytes with the parts found in them. */
interface Parts {
  readonly raw: Buffer;
  readonly root: MimePart;
}

/** What is mended of a large message: reports say what they have to say at their beginning. */
const MAX_MENDED_BYTES = 262_144;

/**
 * Finds the parts of a multipart message whose header does not name its boundary: some mail systems fold the field without the
 * space that makes it one, and what copies mail into files loses more. The boundary is then on the next line, or the first line
 * that looks like one. Only to judge mail by: what is kept and shown stays as it came.
 */
export function mendParts(raw: Buffer, root: MimePart): Parts {
  if (!hasLostParts(root)) return { raw, root };
  const unfolded = raw.toString("latin1", 0, MAX_MENDED_BYTES);
  const folded = unfolded.replace(/;[ \t]{0,20}\r?\n(?=(?:boundary|report-type)=)/gi, ";\r\n ");
  const mended = Buffer.concat([Buffer.from(folded, "latin1"), raw.subarray(MAX_MENDED_BYTES)]);
  const found = folded === unfolded ? root : parseMimeParts(mended);
  return found.parts.length > 0 ? { raw: mended, root: found } : guessBoundary(raw, root);
}

/** A multipart in which no parts were found, at any level. */
const hasLostParts = ({ type, parts }: MimePart): boolean =>
  parts.length === 0 ? type === "multipart" : parts.some(hasLostParts);

function guessBoundary(raw: Buffer, root: MimePart): Parts {
  if (root.parts.length > 0) return { raw, root };
  const body = raw.subarray(root.bodyStart, root.bodyStart + MAX_MENDED_BYTES);
  const [, boundary] = /^--([!#-[\]-~]{1,200}?)\r?$/m.exec(body.toString("latin1", 0, 8_192)) ?? [];
  if (boundary === undefined) return { raw, root };
  const header = Buffer.from(`Content-Type: multipart/${root.subtype}; boundary="${boundary}"\r\n\r\n`);
  const mended = Buffer.concat([header, body]);
  return { raw: mended, root: parseMimeParts(mended) };
}
