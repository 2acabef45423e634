import type { Database } from "./database.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** What SQL can tell of a message. Dates are `YYYY-MM-DD` in UTC. */
export type MailCondition =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | { readonly kind: "and" | "or"; readonly conditions: readonly MailCondition[] }
  | { readonly kind: "not"; readonly condition: MailCondition }
  | { readonly kind: "uids"; readonly first: number; readonly last: number }
  /** Compared without case. */
  | { readonly kind: "flag"; readonly flag: string }
  /** `fields` contains the text, or is not known. */
  | { readonly kind: "fields"; readonly text: string }
  | { readonly kind: "larger" | "smaller"; readonly sizeBytes: number }
  | { readonly kind: "modseq"; readonly atLeast: number }
  | { readonly kind: "arrived" | "saved"; readonly is: "before" | "since"; readonly at: Date }
  | { readonly kind: "thread"; readonly threadId: Buffer }
  /** The content's hash begins with this. */
  | { readonly kind: "content"; readonly hashStart: Buffer };

/** The UIDs of the messages for which the condition holds, ascending. */
export async function findMail(db: Database, ref: FolderRef, condition: MailCondition): Promise<Uint32Array> {
  const values: unknown[] = [ref.mailboxId, ref.folderId];
  const where = toSql(condition, (value) => `$${values.push(value)}`);
  const name = statementName(where);
  const { rows } = await db.pool.query<{ uids: string | null }>({
    ...(name === null ? {} : { name }),
    text: `SELECT string_agg(uid::text, ',') AS uids FROM (
             SELECT uid FROM mailbox_messages
              WHERE folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2) AND ${where} ORDER BY uid) AS found`,
    values,
  });
  const uids = rows[0]?.uids ?? "";
  return uids === "" ? new Uint32Array() : Uint32Array.from(uids.split(","), Number);
}

/** Programs of this length are prepared: `UNSEEN`, `FLAGGED`, `SUBJECT` and the like; making a plan takes longer than finding. */
const MAX_PREPARED_CHARS = 120;
/** Programs differ, and a prepared statement for each would fill the server's memory. */
const MAX_PREPARED = 40;
const prepared = new Map<string, string>();

function statementName(where: string): string | null {
  const known = prepared.get(where);
  if (known !== undefined) return known;
  if (where.length > MAX_PREPARED_CHARS || prepared.size >= MAX_PREPARED) return null;
  const name = `find-mail ${prepared.size}`;
  prepared.set(where, name);
  return name;
}

function toSql(condition: MailCondition, value: (value: unknown) => string): string {
  switch (condition.kind) {
    case "all":
      return "true";
    case "none":
      return "false";
    case "and":
    case "or": {
      const { kind, conditions } = condition;
      if (conditions.length === 0) return String(kind === "and");
      return `(${conditions.map((inner) => toSql(inner, value)).join(kind === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return `NOT ${toSql(condition.condition, value)}`;
    case "uids":
      return `uid BETWEEN ${value(condition.first)}::bigint AND ${value(condition.last)}::bigint`;
    case "flag": {
      // A system flag has one spelling; the partial index for those without \\Seen knows it as such.
      if (condition.flag.startsWith("\\")) return `(${literalFlag(condition.flag, value)} = ANY(flags))`;
      return `EXISTS (SELECT FROM unnest(flags) AS flag WHERE lower(flag) = lower(${value(condition.flag)}))`;
    }
    case "fields":
      return `(fields IS NULL OR strpos(fields, ${value(condition.text)}) > 0)`;
    case "larger":
      return `size_bytes > ${value(condition.sizeBytes)}::bigint`;
    case "smaller":
      return `size_bytes < ${value(condition.sizeBytes)}::bigint`;
    case "modseq":
      return `modseq >= ${value(condition.atLeast)}::bigint`;
    case "arrived":
      return `internal_date ${condition.is === "before" ? "<" : ">="} ${value(condition.at)}::timestamptz`;
    case "saved":
      return `coalesce(saved_at, internal_date) ${condition.is === "before" ? "<" : ">="} ${value(condition.at)}::timestamptz`;
    case "thread":
      return `coalesce(thread_id = ${value(condition.threadId)}::bytea, false)`;
    case "content":
      return `substring(content_hash FROM 1 FOR ${condition.hashStart.length}) = ${value(condition.hashStart)}::bytea`;
  }
}

function literalFlag(flag: string, value: (value: unknown) => string): string {
  return flag === "\\Seen" ? "'\\Seen'" : value(flag);
}
