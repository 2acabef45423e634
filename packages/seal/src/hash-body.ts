import { createHash, hash } from "node:crypto";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const CRLF = Buffer.from("\r\n");

/** End of the content: trailing white space, then empty lines and the white space in them, do not count. */
const contentEnd = (body: Buffer): number => {
  let end = body.length;
  for (;;) {
    const last = body[end - 1];
    if (last === SPACE || last === TAB) end--;
    else if (last === LF) end -= body[end - 2] === CR ? 2 : 1;
    else return end;
  }
};

/** Whether `[0, end)` is canonical already, which nearly all composed bodies are: then nothing is copied. */
const isCanonical = (body: Buffer, end: number): boolean => {
  for (let i = 0; i < end; i++) {
    const byte = body[i] ?? 0;
    if (byte > SPACE) continue;
    if (byte === TAB) return false;
    if (byte === LF && body[i - 1] !== CR) return false;
    if (byte !== SPACE) continue;
    const next = body[i + 1];
    if (next === SPACE || next === LF || (next === CR && body[i + 2] === LF)) return false;
  }
  return true;
};

/**
 * Writes `[0, end)` canonically: runs of white space become one space, none before a line end, line ends are CRLF. What lies between
 * is copied in pieces: octet by octet it took half as long again.
 */
const canonicalize = (body: Buffer, end: number): Buffer => {
  let bareLineFeeds = 0;
  for (let at = body.indexOf(LF); at >= 0 && at < end; at = body.indexOf(LF, at + 1))
    if (body[at - 1] !== CR) bareLineFeeds++;
  const out = Buffer.allocUnsafe(end + bareLineFeeds);
  let at = 0;
  let copied = 0;
  for (let i = 0; i < end; i++) {
    const byte = body[i] ?? 0;
    if (byte > SPACE) continue;
    if (byte === LF && body[i - 1] !== CR) {
      at += body.copy(out, at, copied, i);
      out[at++] = CR;
      copied = i;
    }
    if (byte !== SPACE && byte !== TAB) continue;
    let next = i + 1;
    while (body[next] === SPACE || body[next] === TAB) next++;
    const endsLine = body[next] === LF || (body[next] === CR && body[next + 1] === LF);
    if (!endsLine && byte === SPACE && next === i + 1) continue;
    at += body.copy(out, at, copied, i);
    if (!endsLine) out[at++] = SPACE;
    copied = next;
    i = next - 1;
  }
  at += body.copy(out, at, copied, end);
  return out.subarray(0, at);
};

/**
 * The `bh=` of a body: SHA-256 over its relaxed canonical form (RFC 6376 §3.4.4), in base64. A body that goes to
 * many recipients is hashed once. A bare LF counts as a line end, since that is what the SMTP client makes of it.
 */
export const hashBody = (body: Buffer): string => {
  const end = contentEnd(body);
  if (end === 0) return hash("sha256", "", "base64");
  if (!isCanonical(body, end)) {
    return createHash("sha256").update(canonicalize(body, end)).update(CRLF).digest("base64");
  }
  if (body[end] === CR && body[end + 1] === LF) return hash("sha256", body.subarray(0, end + 2), "base64");
  // RFC 6376 §3.4.4 (b): a body that does not end in CRLF gets one.
  return createHash("sha256").update(body.subarray(0, end)).update(CRLF).digest("base64");
};
