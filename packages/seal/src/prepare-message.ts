import { headerFieldRanges } from "@waxwing/message";
import { sealLimits } from "./limits.ts";

/** A message that mailauth may be given, in chunks, or why not. */
export type PreparedMessage =
  | { readonly kind: "ready"; readonly chunks: readonly Buffer[] }
  | { readonly kind: "refused"; readonly reason: string };

const CR = 0x0d;
const LF = 0x0a;
const CHUNK_BYTES = 65_536;

/** A copy in which every line ends in CRLF, or the same Buffer. CRs without LF become spaces in the header only. */
const normalizeLines = (raw: Buffer, headerEnd: number): Buffer => {
  let bareLineFeeds = 0;
  let bareReturns = 0;
  for (let i = raw.indexOf(LF); i !== -1; i = raw.indexOf(LF, i + 1)) if (raw[i - 1] !== CR) bareLineFeeds++;
  for (let i = raw.indexOf(CR); i !== -1 && i < headerEnd; i = raw.indexOf(CR, i + 1)) {
    if (raw[i + 1] !== LF) bareReturns++;
  }
  if (bareLineFeeds === 0 && bareReturns === 0) return raw;
  const out = Buffer.allocUnsafe(raw.length + bareLineFeeds);
  let at = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i] ?? 0;
    if (byte === LF && raw[i - 1] !== CR) out[at++] = CR;
    out[at++] = byte === CR && raw[i + 1] !== LF && i < headerEnd ? 0x20 : byte;
  }
  return out.subarray(0, at);
};

/**
 * Chunks that end at line ends. mailauth keeps an unfinished line and scans it again with each chunk, which for one
 * endless line is quadratic; a chunk that holds the whole line is not.
 */
const cutAtLineEnds = (raw: Buffer): Buffer[] => {
  const chunks: Buffer[] = [];
  for (let start = 0; start < raw.length; ) {
    const lineEnd = raw.indexOf(LF, start + CHUNK_BYTES);
    const end = lineEnd === -1 ? raw.length : lineEnd + 1;
    chunks.push(raw.subarray(start, end));
    start = end;
  }
  return chunks;
};

/** Removes the fields whose number or size a sender could use to keep us busy; the topmost, newest ones stay. */
const dropExcess = (raw: Buffer): Buffer => {
  let signatures = 0;
  let arcFields = 0;
  let from = 0;
  const kept: Buffer[] = [];
  for (const range of headerFieldRanges(raw)) {
    const name = raw
      .toString("latin1", range.start, Math.min(range.colon, range.start + 40))
      .trimEnd()
      .toLowerCase();
    const isSignature = name === "dkim-signature";
    const isArc =
      name === "arc-seal" || name === "arc-message-signature" || name === "arc-authentication-results";
    if (!isSignature && !isArc) continue;
    if (isSignature) signatures++;
    else arcFields++;
    const isTooBig = range.end - range.start > sealLimits.dkimSignatureBytes;
    const isTooMany = isSignature
      ? signatures > sealLimits.dkimSignatures
      : arcFields > sealLimits.arcSets * 3;
    if (!isTooBig && !isTooMany) continue;
    kept.push(raw.subarray(from, range.start));
    from = range.end;
  }
  if (kept.length === 0) return raw;
  kept.push(raw.subarray(from));
  return Buffer.concat(kept);
};

/**
 * Makes a message safe to hand to mailauth, whose cost is not bounded by itself: line ends are CRLF, the header is
 * within `sealLimits`, surplus signatures are gone. What is changed could not have verified anyway, except for the
 * surplus.
 */
export const prepareMessage = (raw: Buffer): PreparedMessage => {
  let lines = 0;
  let at = 0;
  while (at < raw.length) {
    const lf = raw.indexOf(LF, at);
    const end = lf === -1 ? raw.length : lf + 1;
    if (end - at <= 2 && (raw[at] === LF || raw[at + 1] === LF)) break;
    lines++;
    if (end - at > sealLimits.headerLineBytes) return { kind: "refused", reason: "header line too long" };
    if (lines > sealLimits.headerLines || end > sealLimits.headerBytes) {
      return { kind: "refused", reason: "header too large" };
    }
    at = end;
  }
  return { kind: "ready", chunks: cutAtLineEnds(dropExcess(normalizeLines(raw, at))) };
};
