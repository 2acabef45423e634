import type { MessageRow } from "@waxwing/protocols";

/** Octets of messages, or text that stands for them in UTF-8. */
type Text = string | Buffer;

/**
 * The messages and headers that were read last, shared by all sessions of the process. Mail programs read one message in many
 * steps: its header, a part, the next 64 KB of a part.
 */
export interface KeptContents {
  /** Those of all `uids`, or null: some are not kept. For `header` maybe more than the header. */
  all(folderId: string, uids: readonly number[], raw: "header" | "full"): ReadonlyMap<number, Text> | null;
  /** Takes note of what was read. A UID is never used again, so what it names never changes (RFC 9051 §2.3.1.1). */
  keep(folderId: string, row: MessageRow, raw: "header" | "full"): void;
}

const MAX_BYTES = 32 * 1024 * 1024;
/** Larger ones would push out too many others. */
const MAX_EACH_BYTES = 8 * 1024 * 1024;
/** What an entry costs beside its text. */
const ENTRY_BYTES = 200;

/** Says nothing of who may read it, nor whether it is still there: that is looked up by whoever asks. */
export function createKeptContents(): KeptContents {
  /** The one that was used longest ago first. */
  const texts = new Map<string, Text>();
  let bytes = 0;

  function find(folderId: string, uid: number, raw: "header" | "full"): Text | undefined {
    const key = keyOf(folderId, uid, raw);
    const text = texts.get(key);
    if (text === undefined) return raw === "header" ? find(folderId, uid, "full") : undefined;
    texts.delete(key);
    texts.set(key, text);
    return text;
  }

  function drop(key: string): void {
    const text = texts.get(key);
    if (text === undefined) return;
    texts.delete(key);
    bytes -= sizeOf(text);
  }

  return {
    all(folderId, uids, raw) {
      const found = new Map<number, Text>();
      for (const uid of uids) {
        const text = find(folderId, uid, raw);
        if (text === undefined) return null;
        found.set(uid, text);
      }
      return found;
    },
    keep(folderId, row, raw) {
      const text = row.raw === undefined ? row.sent?.raw : alone(row.raw);
      if (text === undefined || text.length > MAX_EACH_BYTES) return;
      const key = keyOf(folderId, row.uid, raw);
      drop(key);
      texts.set(key, text);
      bytes += sizeOf(text);
      for (const oldest of texts.keys()) {
        if (bytes <= MAX_BYTES) break;
        drop(oldest);
      }
    },
  };
}

/** A header may be the start of a buffer that has the whole message, which must not be kept with it. */
function alone(octets: Buffer): Buffer {
  return octets.buffer.byteLength > octets.length * 2 + ENTRY_BYTES ? Buffer.from(octets) : octets;
}

const keyOf = (folderId: string, uid: number, raw: "header" | "full") =>
  raw === "full" ? `${folderId} ${uid}` : `${folderId} ${uid} header`;

/** A string takes two octets a letter as soon as one of them is not Latin-1. */
function sizeOf(text: Text): number {
  return ENTRY_BYTES + (typeof text === "string" ? text.length * 2 : text.length);
}
