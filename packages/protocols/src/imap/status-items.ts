import type { FolderStatus } from "../mailbox-session.ts";
import type { Decoder } from "./decoder.ts";
import { encodeFolderName } from "./encoder.ts";
import { writeFolderName } from "./folder-name.ts";
import { bad } from "./imap-error.ts";
import { type ImapIo, speaksUtf8 } from "./imap-session.ts";

const VALUES = {
  MESSAGES: (status) => status.messages,
  UIDNEXT: (status) => status.uidNext,
  UIDVALIDITY: (status) => status.uidValidity,
  UNSEEN: (status) => status.unseen,
  DELETED: (status) => status.deleted,
  SIZE: (status) => status.sizeBytes,
  HIGHESTMODSEQ: (status) => status.highestModseq, // RFC 7162 §3.1.7
  MAILBOXID: (status) => `(${status.id})`, // RFC 8474 §4.3
  "DELETED-STORAGE": (status) => Math.ceil(status.deletedBytes / 1024), // RFC 9208 §4.1.4, in its units of STORAGE
  APPENDLIMIT: (_, io) => io.limits.maxAppendBytes, // RFC 7889 §3
  RECENT: () => 0, // RFC 3501 §6.3.10; \Recent is never set
} as const satisfies Record<string, (status: FolderStatus, io: ImapIo) => number | string>;

/** A STATUS item name. */
export type StatusItem = keyof typeof VALUES;

/** `( item … )` of STATUS and of LIST RETURN (STATUS (…)) (RFC 9051 §6.3.11). */
export function parseStatusItems(io: ImapIo, args: Decoder): StatusItem[] {
  const items: StatusItem[] = [];
  args.list(() => {
    const name = args.keyword();
    if (!isStatusItem(name)) throw bad("Unknown STATUS item");
    if (name === "HIGHESTMODSEQ") io.enabled.add("CONDSTORE"); // RFC 7162 §3.1: a CONDSTORE-enabling command
    if (!items.includes(name)) items.push(name);
  });
  if (items.length === 0) throw bad("Expected STATUS items");
  return items;
}

function isStatusItem(name: string): name is StatusItem {
  return Object.hasOwn(VALUES, name);
}

/** `STATUS name (…)`, without the star. */
export function formatStatus(
  io: ImapIo,
  name: string,
  status: FolderStatus,
  items: readonly StatusItem[],
): string {
  const wireName = encodeFolderName(writeFolderName(name, speaksUtf8(io)));
  return `STATUS ${wireName} (${items.map((item) => `${item} ${VALUES[item](status, io)}`).join(" ")})`;
}
