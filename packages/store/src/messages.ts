import { and, asc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { attempts, backlog, messages, recipients } from "./schema/index.ts";

export type StoredMessage = typeof messages.$inferSelect;
export type StoredAttempt = typeof attempts.$inferSelect;

/** A recipient with what the backlog knows of it: `sending` while a worker holds it, and when it is due next. */
export interface StoredRecipient {
  readonly ordinal: number;
  readonly role: "to" | "cc" | "bcc" | "envelope";
  readonly address: string;
  readonly name: string | null;
  readonly state: typeof recipients.$inferSelect.state;
  readonly reply: string | null;
  readonly updatedAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly attempts: readonly StoredAttempt[];
}

/** A message of this project with its recipients and their attempts, or null when the project has no such message. */
export async function findMessage(
  db: Database,
  projectId: string,
  messageId: string,
): Promise<{ readonly message: StoredMessage; readonly recipients: readonly StoredRecipient[] } | null> {
  const [message] = await db.orm
    .select()
    .from(messages)
    .where(and(eq(messages.id, messageId), eq(messages.projectId, projectId)));
  if (message === undefined) return null;
  const rows = await db.orm
    .select({ recipient: recipients, waiting: backlog })
    .from(recipients)
    .leftJoin(
      backlog,
      and(eq(backlog.messageId, recipients.messageId), eq(backlog.ordinal, recipients.ordinal)),
    )
    .where(eq(recipients.messageId, messageId))
    .orderBy(asc(recipients.ordinal));
  // After the states, so that the attempt of every state shown is there.
  const tries = await db.orm
    .select()
    .from(attempts)
    .where(eq(attempts.messageId, messageId))
    .orderBy(asc(attempts.ordinal), asc(attempts.number));
  return {
    message,
    recipients: rows.map(({ recipient, waiting }) => ({
      ordinal: recipient.ordinal,
      role: recipient.role,
      address: recipient.address,
      name: recipient.name,
      state: waiting?.leaseId != null ? "sending" : recipient.state,
      reply: recipient.reply,
      updatedAt: recipient.updatedAt,
      nextAttemptAt: waiting?.dueAt ?? null,
      attempts: tries.filter((attempt) => attempt.ordinal === recipient.ordinal),
    })),
  };
}
