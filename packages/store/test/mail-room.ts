import { newId } from "@waxwing/runtime";
import { createTestDatabase } from "@waxwing/testkit";
import {
  type Database,
  encodeContent,
  ensureMailbox,
  ensureProject,
  type FiledMail,
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
    internalDateMs: Date.UTC(2026, 2, 4, 5, 6, 7),
    flags: [],
    ...more,
  };
}
