import type { SearchKey } from "./imap/search-program.ts";
import type { SortCriterion } from "./imap/sort-program.ts";
import type { ThreadAlgorithm, ThreadNode } from "./imap/thread-tree.ts";
import type { BodyStructure, Envelope } from "./message-structure.ts";
import type { BearerHint } from "./wire/sasl-bearer.ts";

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

/** Names a folder for good: it survives a rename. Letters, digits, "-" and "_": it is the MAILBOXID of RFC 8474 §4. */
export type FolderId = string & { readonly __brand?: "FolderId" };

/** A system flag such as `\Seen` or a keyword such as `$Forwarded`; compared without case. */
export type Flag = string;

/** RFC 6154 attributes a folder can carry. */
export type SpecialUse = "\\All" | "\\Archive" | "\\Drafts" | "\\Flagged" | "\\Junk" | "\\Sent" | "\\Trash";

/** What a client shows of itself. `mechanism` is for the backend's log. */
export type Proof =
  | {
      readonly kind: "password";
      readonly username: string;
      readonly password: string;
      readonly mechanism: "LOGIN" | "PLAIN" | "USER";
    }
  | {
      readonly kind: "bearer";
      /** Empty where the token alone says whose it is (RFC 7628 §3.1). */
      readonly username: string;
      readonly token: string;
      readonly mechanism: "XOAUTH2" | "OAUTHBEARER";
    };

/** Who knocks. */
export type Credentials = Proof & {
  readonly service: "imap" | "pop3";
  readonly remoteAddress: string;
  readonly encrypted: boolean;
};

export type Authentication =
  | { readonly kind: "ok"; readonly session: MailboxSession }
  /** Wrong name or password; the client is not told which. */
  | { readonly kind: "refused" }
  /** Too many attempts, or the store is down: try again later. */
  | { readonly kind: "unavailable" };

/** Opens sessions. */
export interface MailboxBackend {
  /** Present when bearer tokens are taken; what a refused client is told of where to get a better one. */
  readonly bearer?: BearerHint;
  authenticate(credentials: Credentials): Promise<Authentication>;
}

export interface Folder {
  readonly id: FolderId;
  readonly name: string;
  readonly specialUse: SpecialUse | null;
  readonly subscribed: boolean;
}

export interface FolderStatus {
  readonly id: FolderId;
  readonly messages: number;
  /** Messages without `\Seen`. */
  readonly unseen: number;
  /** Messages with `\Deleted`. */
  readonly deleted: number;
  /** Octets of the messages with `\Deleted` (RFC 9208 §4.3). */
  readonly deletedBytes: number;
  readonly sizeBytes: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly highestModseq: number;
}

/** What a client is told of a message when its flags change. */
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
  /** UIDs of all messages, ascending. Read and never written to, so that sessions may share one. */
  readonly uids: Uint32Array;
  /** The lowest UID without `\Seen`; null: there is none. */
  readonly firstUnseenUid: number | null;
}

/**
 * What expunges took after a modseq. `forgotten`: the store no longer knows of expunges that far back (RFC 7162 §3.2.5.1); `present`
 * has the UIDs there are now, ascending, so that whatever else a client knows has vanished.
 */
export type Vanished =
  | { readonly kind: "uids"; readonly uids: readonly number[] }
  | { readonly kind: "forgotten"; readonly present: Uint32Array };

/** Everything that happened in a folder after a modseq. */
export interface FolderChanges {
  readonly highestModseq: number;
  readonly uidNext: number;
  /** Messages that arrived or whose flags changed, by ascending UID. */
  readonly changed: readonly MessageSummary[];
  readonly vanished: Vanished;
}

/** What a fetch has to load beyond uid, flags, modseq, dates and size. */
export interface FetchWanted {
  readonly envelope: boolean;
  readonly bodyStructure: boolean;
  /** `header`: at least up to and with the empty line after the header. */
  readonly raw: "none" | "header" | "full";
  /** Default false. */
  readonly objectIds?: boolean;
  /** Default false. */
  readonly preview?: boolean;
  /** Default false. True: what is wanted may be in `MessageRow.sent` instead of `envelope`, `bodyStructure` and `raw`. */
  readonly sent?: boolean;
}

/** Parts of a message as they go on the wire, from a store that keeps them so; text stands for its octets in UTF-8. */
export interface SentParts {
  /** ENVELOPE's value. */
  readonly envelope?: string;
  /** BODYSTRUCTURE's value. */
  readonly bodyStructure?: string;
  /** The header with its empty line, or the whole message, whichever was wanted. */
  readonly raw?: string;
}

export interface MessageRow extends MessageSummary {
  readonly internalDate: Date;
  /** When the message came into this folder by arrival, append, copy or move (RFC 8514); null: not known. */
  readonly saveDate: Date | null;
  readonly sizeBytes: number;
  /** Present if wanted. The same for copies of one message in any folder, letters, digits, "-" and "_" (RFC 8474 §5.1). */
  readonly emailId?: string;
  /** Present if wanted; null: not known. In the same alphabet (RFC 8474 §5.2). */
  readonly threadId?: string | null;
  /** Present if wanted: the start of the message's text, 200 characters at most, maybe empty; null: not known (RFC 8970 §3.1). */
  readonly preview?: string | null;
  /** Present if wanted. */
  readonly envelope?: Envelope;
  /** Present if wanted. */
  readonly bodyStructure?: BodyStructure;
  /** Present if wanted; the RFC 5322 octets. */
  readonly raw?: Buffer;
  /** Only if wanted; what is not in it is where it is otherwise. */
  readonly sent?: SentParts;
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
  /** `uids`: in the order of the messages, ascending. */
  | { readonly kind: "ok"; readonly uidValidity: number; readonly uids: readonly number[] }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "over-quota" };

export type ReplaceResult =
  | { readonly kind: "ok"; readonly uidValidity: number; readonly uid: number }
  /** The message to be replaced is gone; nothing was stored. */
  | { readonly kind: "no-such-message" }
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

export type FolderCreation = { readonly kind: "ok"; readonly id: FolderId } | NameRefusal;

/** Why a folder cannot have a name. */
type NameRefusal =
  | { readonly kind: "exists" }
  /** The backend does not take this name or this special use; `reason` is shown to the user. */
  | { readonly kind: "cannot"; readonly reason: string };

export type FolderRemoval =
  | { readonly kind: "ok" }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "cannot"; readonly reason: string };

export type FolderRename = { readonly kind: "ok" } | NameRefusal | { readonly kind: "no-such-folder" };

/** One resource of a quota; null limit: none. */
export interface QuotaResource {
  readonly used: number;
  readonly limit: number | null;
}

/** What all folders together hold and may hold. */
export interface MailboxQuota {
  readonly bytes: QuotaResource;
  readonly messages: QuotaResource;
}

/** What became of annotations that were set (RFC 5464 §4.3). */
export type MetadataChange =
  | { readonly kind: "ok" }
  | { readonly kind: "no-such-folder" }
  /** More annotations than the backend keeps. */
  | { readonly kind: "too-many" }
  | { readonly kind: "over-quota" };

/**
 * Annotations of folders and of the whole mailbox (RFC 5464), which only the owner sees. Entry names are in lower case and begin with
 * `/private/` or `/shared/`; values are octets. The protocol bounds the size of names and values.
 */
export interface MetadataStore {
  /** @param folder name; null: the mailbox as a whole. @returns null: no such folder. */
  get(folder: string | null): Promise<ReadonlyMap<string, Buffer> | null>;
  /** @param changes a null value removes the entry; all of them or none. */
  set(folder: string | null, changes: ReadonlyMap<string, Buffer | null>): Promise<MetadataChange>;
}

/** Which messages an expunge removes for good. */
export type ExpungeScope =
  | { readonly kind: "deleted" }
  /** Those of `uids` with `\Deleted` (RFC 4315 §2.1). */
  | { readonly kind: "deleted-among"; readonly uids: readonly number[] }
  /** All of `uids`, whatever their flags: POP3's DELE. */
  | { readonly kind: "uids"; readonly uids: readonly number[] };

/** What POP3 does with the INBOX of a mailbox. */
export interface MaildropPolicy {
  /** `remove`: what DELE marks is removed for good. `hide`: it stays for IMAP, with a keyword, and POP3 does not show it again. */
  readonly deletion: "remove" | "hide";
  /** Days after which mail is deleted by itself, 1 at least (RFC 2449 §6.7); null: never. */
  readonly expireDays: number | null;
}

/** One logged-in user. Calls never overlap, except `close`. */
export interface MailboxSession {
  /** Absent: removed by DELE, and only by it. */
  readonly maildrop?: MaildropPolicy;
  /** Calls `onRevoked` once when what the client has shown at its login is no longer good; then it has to go. Absent: that is not noticed. */
  onRevoked?(onRevoked: () => void): void;
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
  /**
   * Rows by ascending UID; UIDs that are gone are left out. They come in batches, of any size, none of which holds more than may be in
   * memory at once: the next one is asked for when this one has been taken by the peer. `uids` is ascending.
   */
  fetch(folder: FolderId, uids: readonly number[], wanted: FetchWanted): AsyncIterable<readonly MessageRow[]>;
  storeFlags(folder: FolderId, uids: readonly number[], change: FlagChange): Promise<FlagChangeResult>;
  /** All of the messages or none of them (RFC 3502 §6.3.11). */
  append(name: string, messages: readonly AppendMessage[]): Promise<AppendResult>;
  /** Appends to `name` and expunges `uid` of `folder` as one change (RFC 8508 §3.3). */
  replace(folder: FolderId, uid: number, name: string, message: AppendMessage): Promise<ReplaceResult>;
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
  /**
   * The UIDs in the order asked for (RFC 5256 §3); those that are gone are left out. Absent: the protocol sorts by what it fetches.
   *
   * @param uids ascending
   */
  sort?(
    folder: FolderId,
    order: readonly SortCriterion[],
    uids: readonly number[],
  ): Promise<readonly number[]>;
  /** The messages as threads (RFC 5256 §3); absent: the protocol threads by what it fetches. `uids` is ascending. */
  thread?(
    folder: FolderId,
    algorithm: ThreadAlgorithm,
    uids: readonly number[],
  ): Promise<readonly ThreadNode[]>;
  quota(): Promise<MailboxQuota>;
  /** Absent: annotations are not kept, and METADATA is not offered. */
  readonly metadata?: MetadataStore;
  /** POP3's exclusive lock on a folder's deletions (RFC 1939 §4); null: another session holds it. */
  lock(folder: FolderId): Promise<(() => Promise<void>) | null>;
  /** Gives everything back; watchers are never called again. */
  close(): Promise<void>;
}
