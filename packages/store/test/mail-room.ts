import { newId } from "@waxwing/runtime";
import { createTestDatabase } from "@waxwing/testkit";
import {
  type Database,
  encodeContent,
  ensureMailbox,
  ensureProject,
  type FiledMail,
  type FolderHead,
  folderHead,
  folderNews,
  folderUids,
  type MailSummary,
  openDatabase,
} from "../src/index.ts";

/** A database with one project and its mailbox `ann@waxwing.test`. */
export interface MailRoom extends AsyncDisposable {
  readonly url: string;
  readonly db: Database;
  readonly projectId: string;
  readonly mailboxId: string;
}

/** Opens a mail room on a database of its own. */
export async function openMailRoom(): Promise<MailRoom> {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, poolSize: 25, onError: () => {} });
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "test" });
  const mailboxId = await makeMailbox(db, projectId, "ann@waxwing.test");
  return {
    url: database.url,
    db,
    projectId,
    mailboxId,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

/** Another mailbox of the project. */
export async function makeMailbox(db: Database, projectId: string, address: string): Promise<string> {
  const made = await ensureMailbox(db, { projectId, address, passwordHash: "none" });
  if (made.kind !== "created") throw new Error(`the mailbox is ${made.kind}`);
  return made.mailbox.id;
}

/** A folder with all its messages, or null. */
export async function openFolder(
  db: Database,
  mailboxId: string,
  name: string,
): Promise<(FolderHead & { readonly messages: readonly MailSummary[] }) | null> {
  const head = await folderHead(db, mailboxId, name);
  if (head === null) return null;
  const news = await folderNews(db, { mailboxId, folderId: head.id }, 0);
  if (news === null) return null;
  const { changed, highestModseq, uidNext } = news;
  return { ...head, highestModseq, uidNext, messages: changed };
}

/** The UIDs of a folder as a list. */
export async function uidsOf(db: Database, mailboxId: string, folderId: string): Promise<readonly number[]> {
  return Array.from((await folderUids(db, { mailboxId, folderId }))?.uids ?? []);
}

/** A message ready to be filed. */
export async function makeMail(
  projectId: string,
  text: string,
  more: Partial<FiledMail> = {},
): Promise<FiledMail> {
  return {
    ...(await encodeContent(projectId, Buffer.from(text))),
    envelope: { subject: text },
    bodyStructure: { kind: "part" },
    preview: text,
    fields: null,
    thread: { messageId: null, inReplyTo: null, references: [] },
    internalDateMs: Date.UTC(2026, 2, 4, 5, 6, 7),
    flags: [],
    ...more,
  };
}
