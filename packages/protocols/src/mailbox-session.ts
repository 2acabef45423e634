import type { SearchKey } from "./imap/search-program.ts";
import type { BodyStructure, Envelope } from "./message-structure.ts";

export type * from "./message-structure.ts";

/**
 * The port between the mailbox protocols and a store. IMAP and POP3 are written against it and know no database.
 *
 * Numbers: UIDs, UIDVALIDITY and UIDNEXT are 32-bit and greater than zero (RFC 9051 §2.3.1.1); modseqs are positive
 * integers below 2^53. A modseq grows with every change of a folder: an arrival, a flag change, an expunge. UIDs become
 * visible in ascending order: a message that appears below one already seen would never be shown. Folder
 * names are Unicode, levels are parted by "/", and INBOX is always spelled "INBOX".
 *
 * Expected refusals are returned as unions; a rejected promise is a fault, and the client hears [SERVERBUG] or
 * [UNAVAILABLE] while the cause goes to the server's events.
 */

/** Names a folder for good: it survives a rename. */
export type FolderId = string & { readonly __brand?: "FolderId" };

/** A system flag such as `\Seen` or a keyword such as `$Forwarded`; compared without case. */
export type Flag = string;

/** RFC 6154 attributes a folder can carry. */
export type SpecialUse = "\\All" | "\\Archive" | "\\Drafts" | "\\Flagged" | "\\Junk" | "\\Sent" | "\\Trash";

/** Who knocks. `mechanism` is for the backend's log. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly mechanism: "LOGIN" | "PLAIN" | "USER";
  readonly remoteAddress: string;
  readonly encrypted: boolean;
}

export type Authentication =
  | { readonly kind: "ok"; readonly session: MailboxSession }
  /** Wrong name or password; the client is not told which. */
  | { readonly kind: "refused" }
  /** Too many attempts, or the store is down: try again later. */
  | { readonly kind: "unavailable" };

/** Opens sessions. */
export interface MailboxBackend {
  authenticate(credentials: Credentials): Promise<Authentication>;
}

export interface Folder {
  readonly id: FolderId;
  readonly name: string;
  readonly specialUse: SpecialUse | null;
  readonly subscribed: boolean;
}

export interface FolderStatus {
  readonly messages: number;
  /** Messages without `\Seen`. */
  readonly unseen: number;
  /** Messages with `\Deleted`. */
  readonly deleted: number;
  readonly sizeBytes: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly highestModseq: number;
}

/** What the sequence-number map needs to know of a message. */
export interface MessageSummary {
  readonly uid: number;
  readonly flags: readonly Flag[];
  readonly modseq: number;
}

/** A folder at the moment it was opened. */
export interface FolderSnapshot {
  readonly id: FolderId;
  readonly name: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  /** At least 1 (RFC 7162 §3.1.2.1). */
  readonly highestModseq: number;
  /** By ascending UID. */
  readonly messages: readonly MessageSummary[];
}

/** Everything that happened in a folder after a modseq. */
export interface FolderChanges {
  readonly highestModseq: number;
  readonly uidNext: number;
  /** Messages that arrived or whose flags changed, by ascending UID. */
  readonly changed: readonly MessageSummary[];
  /** UIDs expunged, ascending. */
  readonly vanished: readonly number[];
}

/** What a fetch has to load beyond uid, flags, modseq, date and size. */
export interface FetchWanted {
  readonly envelope: boolean;
  readonly bodyStructure: boolean;
  /** `header`: at least up to and with the empty line after the header. */
  readonly raw: "none" | "header" | "full";
}

export interface MessageRow extends MessageSummary {
  readonly internalDate: Date;
  readonly sizeBytes: number;
  /** Present if wanted. */
  readonly envelope?: Envelope;
  /** Present if wanted. */
  readonly bodyStructure?: BodyStructure;
  /** Present if wanted; the RFC 5322 octets. */
  readonly raw?: Buffer;
}

export interface FlagChange {
  readonly mode: "add" | "remove" | "replace";
  readonly flags: readonly Flag[];
  /** Leave messages alone whose modseq is greater (RFC 7162 §3.1.3); null: change all. */
  readonly unchangedSince: number | null;
}

export interface FlagChangeResult {
  /** The messages as they are now, those included that already had the flags. */
  readonly updated: readonly MessageSummary[];
  /** UIDs left alone because of `unchangedSince`. */
  readonly conflicting: readonly number[];
}

export interface AppendMessage {
  readonly raw: Buffer;
  readonly flags: readonly Flag[];
  /** Null: now. */
  readonly internalDate: Date | null;
}

export type AppendResult =
  | { readonly kind: "ok"; readonly uidValidity: number; readonly uid: number }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "over-quota" };

export type CopyResult =
  /** `pairs`: UID here and UID there, in the order of the copies. */
  | {
      readonly kind: "ok";
      readonly uidValidity: number;
      readonly pairs: readonly (readonly [number, number])[];
    }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "over-quota" };

export type FolderCreation =
  | { readonly kind: "ok" }
  | { readonly kind: "exists" }
  /** The backend does not take this name or this special use; `reason` is shown to the user. */
  | { readonly kind: "cannot"; readonly reason: string };

export type FolderRemoval =
  | { readonly kind: "ok" }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "cannot"; readonly reason: string };

export type FolderRename = FolderCreation | { readonly kind: "no-such-folder" };

/** Which messages an expunge removes for good. */
export type ExpungeScope =
  | { readonly kind: "deleted" }
  /** Those of `uids` with `\Deleted` (RFC 4315 §2.1). */
  | { readonly kind: "deleted-among"; readonly uids: readonly number[] }
  /** All of `uids`, whatever their flags: POP3's DELE. */
  | { readonly kind: "uids"; readonly uids: readonly number[] };

/** One logged-in user. Calls never overlap, except `close`. */
export interface MailboxSession {
  /** All folders, INBOX included. */
  listFolders(): Promise<readonly Folder[]>;
  createFolder(name: string, specialUse: SpecialUse | null): Promise<FolderCreation>;
  /** Removes the folder with its messages, but not its inferior folders. */
  deleteFolder(name: string): Promise<FolderRemoval>;
  /** Takes inferior folders along. Renaming INBOX moves its messages and leaves an empty INBOX (RFC 9051 §6.3.6). */
  renameFolder(from: string, to: string): Promise<FolderRename>;
  setSubscribed(name: string, subscribed: boolean): Promise<FolderRemoval>;
  /** Null: no such folder. */
  status(name: string): Promise<FolderStatus | null>;
  /** Null: no such folder. */
  open(name: string): Promise<FolderSnapshot | null>;
  /** Null: the folder is gone. */
  changesSince(folder: FolderId, modseq: number): Promise<FolderChanges | null>;
  /** Calls `onChange` soon after the folder changed, whoever changed it. May be called too often; stops when told. */
  watch(folder: FolderId, onChange: () => void): () => void;
  /** Rows by ascending UID; UIDs that are gone are left out. `uids` is ascending. */
  fetch(folder: FolderId, uids: readonly number[], wanted: FetchWanted): AsyncIterable<MessageRow>;
  storeFlags(folder: FolderId, uids: readonly number[], change: FlagChange): Promise<FlagChangeResult>;
  append(name: string, message: AppendMessage): Promise<AppendResult>;
  copy(folder: FolderId, uids: readonly number[], target: string): Promise<CopyResult>;
  /** Copies and expunges as one change. */
  move(folder: FolderId, uids: readonly number[], target: string): Promise<CopyResult>;
  /** Returns the UIDs removed, ascending. */
  expunge(folder: FolderId, scope: ExpungeScope): Promise<readonly number[]>;
  /**
   * The UIDs among `candidates` (ascending) that match, ascending. Sequence numbers in the client's program have
   * already become UIDs. `searchByFetch` is an implementation for backends without a better one.
   */
  search(folder: FolderId, key: SearchKey, candidates: readonly number[]): Promise<readonly number[]>;
  /** POP3's exclusive lock on a folder's deletions (RFC 1939 §4); null: another session holds it. */
  lock(folder: FolderId): Promise<(() => Promise<void>) | null>;
  /** Gives everything back; watchers are never called again. */
  close(): Promise<void>;
}
