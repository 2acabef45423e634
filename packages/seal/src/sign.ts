import { hash, sign } from "node:crypto";
import type { HeaderLine } from "@waxwing/message";
import { canonicalFields } from "./canonical-fields.ts";
import { hashBody } from "./hash-body.ts";
import type { SigningKey } from "./signing-key.ts";

/*
 * What a signature covers, and why. Every field that is signed is listed in h= once more than it is present
 * (RFC 6376 §5.4.2), so that adding another one breaks the signature: verifiers take fields from the bottom, readers
 * show the one at the top, and a second From or Subject on top is the oldest way to abuse a signed message.
 */

/** Listed even when absent: adding any of these to a message would change who it is from, to or about. */
const ALWAYS = ["from", "to", "subject", "date", "message-id", "reply-to", "cc"] as const;

/** Listed when present. Absent ones stay free: a mailing list adds its own, a gateway adds MIME fields. */
const WHEN_PRESENT = [
  "sender",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "in-reply-to",
  "references",
  // RFC 8058 §4: a one-click unsubscribe must be covered by the signature.
  "list-unsubscribe",
  "list-unsubscribe-post",
  "list-id",
] as const;

/** What is to be signed. */
export type SignInput = {
  /**
   * The header without the empty line after it: text (taken as UTF-8), exact bytes, or the composer's fields.
   */
  readonly header: string | Buffer | readonly HeaderLine[];
  readonly body: Buffer;
  /** One signature per key, in this order: an Ed25519 one beside the RSA one, say. */
  readonly keys: readonly SigningKey[];
  /** Instead of the default list: each is listed once more than present. From is added when missing. */
  readonly headersToSign?: readonly string[];
  /** The time of signing, `t=`. */
  readonly now: Date;
  /** `x=`: when the signature stops counting. */
  readonly expiresAt?: Date;
  /** hashBody(body), when it is known already; then `body` is not read. */
  readonly bodyHash?: string;
};

const toByteString = (header: SignInput["header"]): string => {
  if (Buffer.isBuffer(header)) return header.toString("latin1");
  let text: string;
  if (typeof header === "string") text = header;
  else {
    text = "";
    for (const field of header) text += field.line;
  }
  // ASCII is the same in both; only an SMTPUTF8 header has to be turned into the bytes that are sent.
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");
};

const FOLD = "\r\n\t";
const LINE_CHARS = 76;
/** Of `b=` on a line. */
const VALUE_CHARS = 74;

/** Puts pieces on lines of at most 76 characters; the fold before a piece is a single space once canonical. */
const foldPieces = (first: string, pieces: readonly string[]): string => {
  let text = first;
  let column = first.length + 1;
  for (const piece of pieces) {
    if (column + piece.length > LINE_CHARS) {
      text += FOLD;
      column = 1;
    }
    text += piece;
    column += piece.length;
  }
  return text;
};

/** Cuts by position: with a pattern this took several times as long. */
const foldValue = (value: string): string => {
  let folded = value.slice(0, VALUE_CHARS);
  for (let at = VALUE_CHARS; at < value.length; at += VALUE_CHARS)
    folded += FOLD + value.slice(at, at + VALUE_CHARS);
  return folded;
};

const selectFields = (
  fields: ReadonlyMap<string, readonly string[]>,
  headersToSign: readonly string[] | undefined,
): { names: string[]; data: string } => {
  const names: string[] = [];
  let data = "";
  const add = (name: string): void => {
    const lines = fields.get(name) ?? [];
    // RFC 6376 §5.4.2: instances are taken from the bottom of the header upwards.
    for (let i = lines.length - 1; i >= 0; i--) {
      names.push(name);
      data += lines[i] ?? "";
    }
    names.push(name);
  };
  if (headersToSign !== undefined) {
    for (const name of new Set(["from", ...headersToSign.map((name) => name.toLowerCase())])) add(name);
    return { names, data };
  }
  for (const name of ALWAYS) add(name);
  for (const name of WHEN_PRESENT) if (fields.has(name)) add(name);
  return { names, data };
};

const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** A signature that is yet to be made. */
interface Unsigned {
  readonly key: SigningKey;
  /** The field up to `b=`. */
  readonly tags: string;
  /** What is signed. */
  readonly data: Buffer;
}

const prepareSignatures = (input: SignInput): readonly Unsigned[] => {
  const { names, data } = selectFields(canonicalFields(toByteString(input.header)), input.headersToSign);
  const bodyHash = input.bodyHash ?? hashBody(input.body);
  const pieces = names.map((name, index) => (index === names.length - 1 ? name : `${name}:`));
  const signed = foldPieces("h=", pieces);
  const expires = input.expiresAt === undefined ? "" : ` x=${unixSeconds(input.expiresAt)};`;
  return input.keys.map((key) => {
    const tags =
      `v=1; a=${key.algorithm}; c=relaxed/relaxed; d=${key.domain};${FOLD}s=${key.selector};` +
      ` t=${unixSeconds(input.now)};${expires}${FOLD}bh=${bodyHash};${FOLD}${signed};${FOLD}b=`;
    // RFC 6376 §3.7: the field itself is hashed last, canonical, with an empty b= and without its line end.
    const bytes = Buffer.from(`${data}dkim-signature:${tags.replaceAll(FOLD, " ")}`, "latin1");
    // RFC 8463 §3: Ed25519 signs the SHA-256 of the canonical header.
    return { key, tags, data: key.algorithm === "rsa-sha256" ? bytes : hash("sha256", bytes, "buffer") };
  });
};

const digestOf = ({ algorithm }: SigningKey): string | null => (algorithm === "rsa-sha256" ? "sha256" : null);

const fieldOf = ({ tags }: Unsigned, signature: Buffer): string =>
  `DKIM-Signature: ${tags}${foldValue(signature.toString("base64"))}\r\n`;

/** Runs on libuv's thread pool, so that signatures use the other cores and the event loop goes on. */
const signInPool = ({ key, data }: Unsigned): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    sign(digestOf(key), data, key.privateKey, (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    );
  });

/**
 * Signs a message with DKIM (RFC 6376), relaxed/relaxed, without `i=` and `l=`. Each field signed is listed once
 * more than it is present; see the head of this file.
 *
 * @returns the DKIM-Signature fields, one per key, folded, each ending in CRLF: they go on top of the message.
 */
export const signMessage = async (input: SignInput): Promise<string> => {
  const fields = prepareSignatures(input).map(async (one) => fieldOf(one, await signInPool(one)));
  return (await Promise.all(fields)).join("");
};

/** The same for a thread that does nothing else: see {@link signMessage}. */
export const signMessageSync = (input: SignInput): string =>
  prepareSignatures(input)
    .map((one) => fieldOf(one, sign(digestOf(one.key), one.data, one.key.privateKey)))
    .join("");
