import { and, asc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { attempts, backlog, messages, recipients, sitePauses } from "./schema/index.ts";

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
  /** The lane it waits in; null where it does not, or a worker has it. */
  readonly lane: string | null;
  readonly attempts: readonly StoredAttempt[];
}

/**
 * Until when nothing is sent to the site of a backlog row that is due. Of a lane with several sources it is the first that may go on;
 * one that may at any time takes what is due at once.
 */
const LEFT_ALONE_UNTIL = sql<Date | null>`(SELECT min(${sitePauses.until}) FROM ${sitePauses}
   WHERE ${sitePauses.site} = split_part(${backlog.site}, '|', 1) AND ${sitePauses.until} > now() AND ${backlog.dueAt} <= now())`.mapWith(
  sitePauses.until,
);

const latest = (time: Date, other: Date | null): Date => (other !== null && other > time ? other : time);

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
    .select({ recipient: recipients, waiting: backlog, leftAloneUntil: LEFT_ALONE_UNTIL })
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
    recipients: rows.map(({ recipient, waiting, leftAloneUntil }) => ({
      ordinal: recipient.ordinal,
      role: recipient.role,
      address: recipient.address,
      name: recipient.name,
      state: waiting?.leaseId != null ? "sending" : recipient.state,
      reply: recipient.reply,
      updatedAt: recipient.updatedAt,
      nextAttemptAt: waiting === null ? null : latest(waiting.dueAt, leftAloneUntil),
      lane: waiting?.leaseId == null ? (waiting?.site ?? null) : null,
      attempts: tries.filter((attempt) => attempt.ordinal === recipient.ordinal),
    })),
  };
}

/** Messages to one address that are looked through for a Message-ID; older ones of it are found by nothing but their tokens. */
const MAX_CANDIDATES = 1_000;

/**
 * The newest message of this project to `address` (lower case) that was submitted with one of these Message-IDs, or null. Those that we
 * write ourselves name their message and need no search.
 */
export async function findSubmittedMessage(
  db: Database,
  projectId: string,
  address: string,
  ids: readonly string[],
): Promise<string | null> {
  const { rows } = await db.pool.query<{ id: string }>({
    name: "find-submitted-message",
    text: `SELECT messages.id FROM (
             SELECT message_id FROM recipients
              WHERE hashtextextended(lower(address), 0) = hashtextextended($2, 0) AND lower(address) = $2 AND project_id = $1
              ORDER BY message_id DESC LIMIT ${MAX_CANDIDATES}) AS sent
             JOIN messages ON messages.id = sent.message_id
            WHERE messages.project_id = $1 AND messages.headers->>'messageId' = ANY($3::text[])
            ORDER BY messages.id DESC LIMIT 1`,
    values: [projectId, address.replaceAll("\0", ""), ids.map((id) => id.replaceAll("\0", ""))],
  });
  return rows[0]?.id ?? null;
}
