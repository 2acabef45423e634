import { SMTP_CLIENT_LIMITS } from "./limits.ts";

/** Takes what the server sends in any chunking. */
export interface ReplyParser {
  /** Calls back for each reply that is complete with this chunk. After nonsense nothing is looked at any more. */
  push(chunk: Buffer): void;
  /** Begins anew, as with another stream. */
  reset(): void;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts replies out of a stream (RFC 5321 §4.2): lines of a code, a hyphen or a blank, and text; the last one has the blank. A code
 * alone and a bare LF are taken too, as every client does. Where the codes of one reply differ the last one counts, as in Postfix.
 *
 * Invariant: at most `replyOctets` are kept, in one buffer, however the server cuts what it sends.
 *
 * @param onReply gets the code and the octets of all its lines, a view that nobody writes to.
 * @param onNonsense gets what was wrong: no reply, or one beyond {@link SMTP_CLIENT_LIMITS}.
 */
export function createReplyParser(
  onReply: (code: number, octets: Buffer) => void,
  onNonsense: (what: string) => void,
): ReplyParser {
  let kept: Buffer = EMPTY;
  let lines = 0;
  /** Where the line that is not complete yet begins in `kept`. */
  let lineStart = 0;
  let confused = false;

  const nonsense = (what: string): void => {
    confused = true;
    kept = EMPTY;
    onNonsense(what);
  };

  /** What is wrong with a complete line, its LF at `end`; null if nothing is. */
  const defectOf = (octets: Buffer, start: number, end: number): string | null => {
    if (end - start > SMTP_CLIENT_LIMITS.replyLineOctets) return "a reply line without end";
    if (lines >= SMTP_CLIENT_LIMITS.replyLines) return "a reply of too many lines";
    if (end - start < 3 || !isCode(octets, start))
      return `no reply code in "${excerpt(octets.subarray(start, end))}"`;
    const after = octets[start + 3];
    if (after === SPACE || after === HYPHEN || after === LF || after === CR) return null;
    return `no reply code in "${excerpt(octets.subarray(start, end))}"`;
  };

  return {
    push(chunk) {
      if (confused) return;
      const octets = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      let replyStart = 0;
      let searchFrom = kept.length;
      let start = lineStart;
      for (;;) {
        const end = octets.indexOf(LF, searchFrom);
        if (end < 0) break;
        searchFrom = end + 1;
        const defect = defectOf(octets, start, end);
        if (defect !== null) return nonsense(defect);
        lines += 1;
        if (octets[start + 3] === HYPHEN) {
          if (end - replyStart > SMTP_CLIENT_LIMITS.replyOctets) return nonsense("a reply without end");
        } else {
          lines = 0;
          onReply(codeAt(octets, start), octets.subarray(replyStart, end + 1));
          if (confused) return;
          replyStart = end + 1;
        }
        start = end + 1;
      }
      if (octets.length - start > SMTP_CLIENT_LIMITS.replyLineOctets)
        return nonsense("a reply line without end");
      kept = replyStart === octets.length ? EMPTY : octets.subarray(replyStart);
      lineStart = start - replyStart;
    },
    reset() {
      confused = false;
      kept = EMPTY;
      lines = 0;
      lineStart = 0;
    },
  };
}

const digit = (octet: number | undefined): number => (octet ?? 0) - 0x30;

// RFC 5321 §4.2: the first digit is 2 to 5. The second is 0 to 5 there; others have been seen and do no harm.
function isCode(octets: Buffer, start: number): boolean {
  const first = digit(octets[start]);
  const second = digit(octets[start + 1]);
  const third = digit(octets[start + 2]);
  return first >= 2 && first <= 5 && second >= 0 && second <= 9 && third >= 0 && third <= 9;
}

const codeAt = (octets: Buffer, start: number): number =>
  digit(octets[start]) * 100 + digit(octets[start + 1]) * 10 + digit(octets[start + 2]);

const excerpt = (octets: Buffer): string =>
  octets
    .subarray(0, 60)
    .toString("latin1")
    .replace(/[^ -~]/g, "?");
