import { type Envelope, readEnvelope } from "./envelope.ts";
import { isMessageType, type MimePart } from "./mime-part.ts";
import { type Parameters, parseParameterized } from "./parse-parameter.ts";
import { firstValue, type HeaderField } from "./split-header.ts";

/** Content-Disposition: its value in lower case and its parameters. */
export type BodyDisposition = { readonly value: string; readonly params: Parameters };

type BodyExtension = {
  readonly disposition: BodyDisposition | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
};

/** A part that is not a multipart. */
export type BodyLeaf = BodyExtension & {
  readonly kind: "part";
  /** Lower case, as is `subtype`. */
  readonly type: string;
  readonly subtype: string;
  readonly params: Parameters;
  readonly id: string | null;
  readonly description: string | null;
  /** Lower case. */
  readonly encoding: string;
  /** Octets as transferred (encoded). */
  readonly sizeBytes: number;
  /** Lines as transferred; only for text/* and message/rfc822. */
  readonly lines?: number;
  readonly md5: string | null;
  /** Only for message/rfc822. */
  readonly envelope?: Envelope;
  /** Only for message/rfc822. */
  readonly body?: BodyStructure;
};

/** A multipart. There is always at least one part, as the grammar of RFC 9051 wants. */
export type BodyMultipart = BodyExtension & {
  readonly kind: "multipart";
  readonly subtype: string;
  readonly params: Parameters;
  readonly parts: readonly BodyStructure[];
};

/** The BODYSTRUCTURE of IMAP (RFC 9051 §7.5.2), ready to be stored as JSON. */
export type BodyStructure = BodyLeaf | BodyMultipart;

const readExtension = (fields: readonly HeaderField[]): BodyExtension => {
  const disposition = firstValue(fields, "content-disposition");
  const parsed = disposition === undefined ? undefined : parseParameterized(disposition);
  const languages = (firstValue(fields, "content-language") ?? "")
    .split(",", 20)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  return {
    disposition:
      parsed === undefined || parsed.value === ""
        ? null
        : { value: parsed.value.toLowerCase(), params: parsed.params },
    language: languages.length === 0 ? null : languages,
    location: firstValue(fields, "content-location") ?? null,
  };
};

const hasLines = (part: MimePart): boolean => part.type === "text" || part.message !== undefined;

/**
 * Line feeds before each position, for all positions in one sweep: messages nest, and counting each body on its own
 * would read the innermost bytes once per level.
 */
const countLineFeeds = (raw: Buffer, positions: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>();
  let count = 0;
  let at = 0;
  for (const position of [...positions].sort((a, b) => a - b)) {
    for (; at < position; at++) if (raw[at] === 0x0a) count++;
    counts.set(position, count);
  }
  return counts;
};

const collectPositions = (part: MimePart, positions: number[]): number[] => {
  if (hasLines(part)) positions.push(part.bodyStart, part.bodyEnd);
  for (const child of part.parts) collectPositions(child, positions);
  if (part.message !== undefined) collectPositions(part.message, positions);
  return positions;
};

const emptyText: BodyLeaf = {
  kind: "part",
  type: "text",
  subtype: "plain",
  params: [["charset", "us-ascii"]],
  id: null,
  description: null,
  encoding: "7bit",
  sizeBytes: 0,
  lines: 0,
  md5: null,
  disposition: null,
  language: null,
  location: null,
};

const describe = (raw: Buffer, part: MimePart, lineFeeds: ReadonlyMap<number, number>): BodyStructure => {
  const extension = readExtension(part.fields);
  if (part.type === "multipart" && part.parts.length > 0) {
    const parts = part.parts.map((child) => describe(raw, child, lineFeeds));
    return { kind: "multipart", subtype: part.subtype, params: part.params, parts, ...extension };
  }
  // A multipart in which no boundary was found, or nested too deep, has no form of its own in BODYSTRUCTURE.
  if (part.type === "multipart") {
    return {
      kind: "multipart",
      subtype: part.subtype,
      params: part.params,
      parts: [emptyText],
      ...extension,
    };
  }
  // The grammar takes message/rfc822 for one with an envelope: one that could not be opened is an opaque part.
  const isOpaque = part.message === undefined && isMessageType(part);
  const before = lineFeeds.get(part.bodyStart) ?? 0;
  const lines = (lineFeeds.get(part.bodyEnd) ?? 0) - before;
  const leaf: BodyLeaf = {
    kind: "part",
    type: isOpaque ? "application" : part.type,
    subtype: isOpaque ? "octet-stream" : part.subtype,
    params: isOpaque ? [] : part.params,
    id: firstValue(part.fields, "content-id") ?? null,
    description: firstValue(part.fields, "content-description") ?? null,
    encoding: part.encoding,
    sizeBytes: part.bodyEnd - part.bodyStart,
    md5: firstValue(part.fields, "content-md5") ?? null,
    ...extension,
  };
  if (part.message !== undefined) {
    const { message } = part;
    return {
      ...leaf,
      lines,
      envelope: readEnvelope(message.fields),
      body: describe(raw, message, lineFeeds),
    };
  }
  return part.type === "text" ? { ...leaf, lines } : leaf;
};

/** Makes the BODYSTRUCTURE of a parsed message. Never throws. */
export const readBodyStructure = (raw: Buffer, root: MimePart): BodyStructure =>
  describe(raw, root, countLineFeeds(raw, collectPositions(root, [])));
