import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

/** Labels come from messages, so the cache is bounded; the Encoding Standard knows about 220 of them. */
const CACHE_ENTRIES = 64;
const decoders = new Map<string, TextDecoder | undefined>();

const decoderFor = (label: string): TextDecoder | undefined => {
  if (decoders.has(label)) return decoders.get(label);
  let decoder: TextDecoder | undefined;
  try {
    decoder = new TextDecoder(label);
  } catch {
    // Not a label of the Encoding Standard: the caller falls back to Latin-1, which shows something for every byte.
    decoder = undefined;
  }
  if (decoders.size < CACHE_ENTRIES && label.length <= 32) decoders.set(label, decoder);
  return decoder;
};

/** Decodes bytes in a charset named by a message. Unknown charsets are read as Latin-1; never throws. */
export const decodeCharset = (bytes: Buffer, charset: string): string => {
  const label = charset.trim().toLowerCase();
  if (label === "utf-8" || label === "utf8") return bytes.toString("utf8");
  // Said of everything by senders that never looked.
  if (label === "us-ascii") return decodeUnlabelled(bytes);
  const decoder = decoderFor(label);
  return decoder === undefined ? bytes.toString("latin1") : decoder.decode(bytes);
};

/** Whether the charset is one that can be read: a label of the Encoding Standard (all of them contain ASCII, or are UTF-16). */
export const isKnownCharset = (charset: string): boolean =>
  decoderFor(charset.trim().toLowerCase()) !== undefined;

/** Decodes bytes that name no charset: UTF-8 when they are that (RFC 6532 headers), otherwise Latin-1. */
export const decodeUnlabelled = (bytes: Buffer): string =>
  isUtf8(bytes) ? bytes.toString("utf8") : bytes.toString("latin1");

/**
 * Replaces what a database or a protocol line cannot hold: controls but TAB become spaces. PostgreSQL
 * refuses NUL in text, and a bare CR inside an IMAP string would end the line for a careless client.
 */
export const withoutControls = (text: string): string => text.replace(/[^\P{Cc}\t]/gu, " ");
