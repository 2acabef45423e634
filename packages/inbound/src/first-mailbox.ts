import type { Database, StoredMailboxAccount } from "@waxwing/store";

/** The first mailbox of a project (by id, which is by age), or null: it takes what is for the project and for nobody by name. */
export async function findFirstMailbox(
  db: Database,
  projectId: string,
): Promise<Pick<
  StoredMailboxAccount,
  "id" | "projectId" | "address" | "quotaBytes" | "quotaMessages"
> | null> {
  const row = await db.orm.query.mailboxes.findFirst({
    columns: { id: true, projectId: true, address: true, quotaBytes: true, quotaMessages: true },
    where: (mailbox, { eq }) => eq(mailbox.projectId, projectId),
    orderBy: (mailbox, { asc }) => asc(mailbox.id),
  });
  return row ?? null;
}
