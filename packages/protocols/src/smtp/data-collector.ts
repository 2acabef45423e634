import { type DataBudget, UNCOUNTED_BYTES } from "./data-budget.ts";
import { lineTooLong, type Refusal, replies, tooLarge } from "./reply.ts";

/** Collects one message from DATA. `push` takes the octets in any chunking, `finish` says what became of them. */
export interface DataCollector {
  push(chunk: Buffer): void;
  finish(): { readonly kind: "complete"; readonly raw: Buffer } | Refusal;
  /** Gives the memory back, when nobody needs the message any more. May be called again. */
  release(): void;
}

const LF = 0x0a;
const CR = 0x0d;

// Most transactional messages fit; the buffer doubles from here.
const firstBufferBytes = 16 * 1024;

/**
 * Collects the octets of a message and judges them in one pass.
 *
 * Invariants: octets arrive with the transparency dots removed and the end found (by CRLF.CRLF alone). From the first
 * defect on nothing is kept or looked at, the rest only drains. Octets are copied into one buffer that doubles: memory
 * stays under twice `sizeBytes` however the message is cut (kept as chunks, a message sent octet by octet would cost
 * a hundred times its size in buffer objects).
 * The whole message is refused, never repaired: a bare LF or CR that the next server reads as a line end is how one
 * message becomes two (SMTP smuggling, CVE-2023-51764), and a repaired line breaks its DKIM signature.
 *
 * @param limit `sizeBytes` of the message, `lineOctets` of a line with its CRLF.
 * @param budget what the buffer is taken from, beyond `UNCOUNTED_BYTES`.
 * @returns a collector; `finish` gives the octets, or 552 5.3.4 (size), 554 5.6.0 (line length, bare CR or LF, NUL), 452 4.3.1
 *   (budget).
 */
export const createDataCollector = (
  limit: { readonly sizeBytes: number; readonly lineOctets: number },
  budget: DataBudget,
): DataCollector => {
  let buffer: Buffer = Buffer.alloc(0);
  let sizeBytes = 0;
  let lineOctets = 0;
  let afterCr = false;
  let defect: Refusal | null = null;
  let takenBytes = 0;

  const inspect = (chunk: Buffer): Refusal | null => {
    /** Where the line began; below 0 when in an earlier chunk. */
    let lineStart = -lineOctets;
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at] ?? 0;
      // Nearly all octets are text, and cost no more than this.
      if (octet > CR && !afterCr) continue;
      if (octet === LF) {
        if (!afterCr) return replies.bareLineFeed; // RFC 5321 §2.3.8
        if (at + 1 - lineStart > limit.lineOctets) return lineTooLong(limit.lineOctets); // RFC 5321 §4.5.3.1.6
        lineStart = at + 1;
        afterCr = false;
      } else {
        if (afterCr) return replies.bareCarriageReturn; // RFC 5321 §2.3.8
        if (octet === 0) return replies.nul; // RFC 5321 §4.1.1.4 (via RFC 5322 §3.5): text has no NUL
        afterCr = octet === CR;
      }
    }
    lineOctets = chunk.length - lineStart;
    // A line that never ends must not wait for its end to be refused.
    return lineOctets > limit.lineOctets ? lineTooLong(limit.lineOctets) : null;
  };

  const keep = (chunk: Buffer): Refusal | null => {
    const needed = sizeBytes + chunk.length;
    if (needed > buffer.length) {
      const bytes = Math.max(firstBufferBytes, needed, Math.min(2 * buffer.length, limit.sizeBytes));
      const moreBytes = Math.max(0, bytes - UNCOUNTED_BYTES) - takenBytes;
      if (!budget.take(moreBytes)) return replies.noMemory;
      takenBytes += moreBytes;
      const larger = Buffer.allocUnsafe(bytes);
      buffer.copy(larger, 0, 0, sizeBytes);
      buffer = larger;
    }
    chunk.copy(buffer, sizeBytes);
    sizeBytes = needed;
    return null;
  };

  const release = (): void => {
    // The message is not there any more: whoever asks for it now must not get an empty one.
    defect ??= replies.localError;
    buffer = Buffer.alloc(0);
    budget.giveBack(takenBytes);
    takenBytes = 0;
  };

  return {
    push: (chunk) => {
      if (defect !== null) return;
      // RFC 1870 §6.3
      defect = sizeBytes + chunk.length > limit.sizeBytes ? tooLarge(limit.sizeBytes) : inspect(chunk);
      defect ??= keep(chunk);
      if (defect !== null) release();
    },
    finish: () => defect ?? { kind: "complete", raw: buffer.subarray(0, sizeBytes) },
    release,
  };
};
