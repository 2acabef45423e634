import type { MessageRow } from "@waxwing/protocols";

/** Octets of a message or header, or text that stands for them in UTF-8. */
export type KeptText = string | Buffer;

/**
 * The messages and headers that were read last, shared by all sessions of the process. Mail programs read one message in many
 * steps: its header, a part, the next 64 KB of a part.
 */
export interface KeptContents {
  /** Those of all `uids`, in their order, or null: some are not kept. For `header` maybe more than the header. */
  all(folderId: string, uids: readonly number[], raw: "header" | "full"): readonly KeptText[] | null;
  /** Takes note of what was read. A UID is never used again, so what it names never changes (RFC 9051 §2.3.1.1). */
  keep(folderId: string, row: MessageRow, raw: "header" | "full"): void;
}

const MAX_BYTES = 32 * 1024 * 1024;
/** Larger ones would push out too many others. */
const MAX_EACH_BYTES = 8 * 1024 * 1024;
/** What an entry costs beside its text. */
const ENTRY_BYTES = 200;

interface Entry {
  readonly folderId: string;
  readonly raw: "header" | "full";
  readonly uid: number;
  readonly text: KeptText;
  /** Since it came, or since it was last spared. */
  used: boolean;
}

/** What is kept of one folder, by UID. */
type Folder = Readonly<Record<"header" | "full", Map<number, Entry>>>;

/** Says nothing of who may read it, nor whether it is still there: that is looked up by whoever asks. */
export function createKeptContents(): KeptContents {
  const folders = new Map<string, Folder>();
  /** In the order in which they go; one that was used meanwhile is spared and goes to the end. */
  const queue = new Set<Entry>();
  let bytes = 0;

  function drop(entry: Entry): void {
    queue.delete(entry);
    bytes -= sizeOf(entry.text);
    const folder = folders.get(entry.folderId);
    folder?.[entry.raw].delete(entry.uid);
    if (folder?.header.size === 0 && folder.full.size === 0) folders.delete(entry.folderId);
  }

  function shrink(): void {
    for (const entry of queue) {
      if (bytes <= MAX_BYTES) break;
      if (!entry.used) {
        drop(entry);
        continue;
      }
      entry.used = false;
      queue.delete(entry);
      queue.add(entry);
    }
  }

  return {
    all(folderId, uids, raw) {
      const folder = folders.get(folderId);
      if (folder === undefined) return null;
      const found: KeptText[] = [];
      for (const uid of uids) {
        const entry = (raw === "header" ? folder.header.get(uid) : undefined) ?? folder.full.get(uid);
        if (entry === undefined) return null;
        entry.used = true;
        found.push(entry.text);
      }
      return found;
    },
    keep(folderId, row, raw) {
      const text = row.raw === undefined ? row.sent?.raw : alone(row.raw);
      if (text === undefined || text.length > MAX_EACH_BYTES) return;
      const before = folders.get(folderId)?.[raw].get(row.uid);
      if (before !== undefined) drop(before);
      const folder = folders.get(folderId) ?? { header: new Map(), full: new Map() };
      folders.set(folderId, folder);
      const entry = { folderId, raw, uid: row.uid, text, used: false };
      folder[raw].set(row.uid, entry);
      queue.add(entry);
      bytes += sizeOf(text);
      shrink();
    },
  };
}

/** A header may be the start of a buffer that has the whole message, which must not be kept with it. */
function alone(octets: Buffer): Buffer {
  return octets.buffer.byteLength > octets.length * 2 + ENTRY_BYTES ? Buffer.from(octets) : octets;
}

/** A string takes two octets a letter as soon as one of them is not Latin-1. */
function sizeOf(text: KeptText): number {
  return ENTRY_BYTES + (typeof text === "string" ? text.length * 2 : text.length);
}
