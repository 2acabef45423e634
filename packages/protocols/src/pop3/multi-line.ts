const CRLF = Buffer.from("\r\n");
const DOT = 0x2e;
const LF = 0x0a;
const CR = 0x0d;

/**
 * A message as a multi-line response (RFC 1939 §3): every line ends in CRLF, lines that start with a dot get
 * another, and the terminating line follows. `maxBodyLines` cuts the body for TOP; null sends all of it.
 */
export function stuffMessage(raw: Buffer, maxBodyLines: number | null): Buffer {
  // At worst every octet is an LF or a line is a single dot: three octets for each.
  const out = createGrowing(raw.length + 1024);
  let inBody = false;
  let bodyLines = 0;
  for (let at = 0; at < raw.length; ) {
    const lf = raw.indexOf(LF, at);
    const next = lf === -1 ? raw.length : lf + 1;
    let end = lf === -1 ? raw.length : lf;
    if (lf !== -1 && end > at && raw[end - 1] === CR) end -= 1;
    if (inBody && maxBodyLines !== null) {
      if (bodyLines >= maxBodyLines) break;
      bodyLines += 1;
    }
    if (raw[at] === DOT) out.byte(DOT);
    out.bytes(raw, at, end);
    out.bytes(CRLF, 0, 2);
    // The empty line after the header is always sent (RFC 1939 §7, TOP).
    if (end === at) inBody = true;
    at = next;
  }
  out.byte(DOT);
  out.bytes(CRLF, 0, 2);
  return out.take();
}

function createGrowing(sizeBytes: number) {
  let buffer = Buffer.allocUnsafe(sizeBytes);
  let used = 0;
  const reserve = (more: number) => {
    if (used + more <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + more));
    buffer.copy(grown, 0, 0, used);
    buffer = grown;
  };
  return {
    byte(value: number) {
      reserve(1);
      buffer[used] = value;
      used += 1;
    },
    bytes(source: Buffer, start: number, end: number) {
      reserve(end - start);
      source.copy(buffer, used, start, end);
      used += end - start;
    },
    take: () => buffer.subarray(0, used),
  };
}
