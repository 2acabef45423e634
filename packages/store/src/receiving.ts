import type { Database } from "./database.ts";
import type { Domain } from "./domains.ts";
import { createGroupCommit } from "./group-commit.ts";
import { storableJson } from "./mail-transaction.ts";

/** A verified domain that receives mail. */
export interface ReceivingDomain
  extends Pick<Domain, "id" | "projectId" | "name" | "returnPathHost" | "dmarcFailures" | "catchAll"> {
  /** Inbound routes of its project may take the mail. */
  readonly hasRoutes: boolean;
}

/** A mailbox that mail may be filed in. */
export interface ReceivingMailbox {
  readonly id: string;
  readonly projectId: string;
  readonly hasQuota: boolean;
}

/** An address that a server is asked to receive mail for. */
export interface ReceiverQuestion {
  /** Lower-case A-labels. */
  readonly host: string;
  /** Lower case, the likeliest first; they are mailboxes' own addresses or aliases, of any project. */
  readonly addresses: readonly string[];
}

/** What there is to know of it. */
export interface Receiver {
  readonly domain: ReceivingDomain;
  readonly mailbox: ReceivingMailbox | null;
}

/** Those who ask at the same time wait for each other no longer than this. */
const WAIT_MS = 1;
const MAX_TOGETHER = 100;

/**
 * Returns a function that finds what a server has to know of an address that it is to receive mail for: the verified domain whose
 * name or return-path host the host is, and, where it is the name, the mailbox that has the first of `addresses` which any mailbox
 * has. Null: no domain of ours. Those who ask over many connections at once share one statement.
 */
export function createReceiverFinder(db: Database): (question: ReceiverQuestion) => Promise<Receiver | null> {
  return createGroupCommit<ReceiverQuestion, Receiver | null>({
    waitMs: WAIT_MS,
    maxItems: MAX_TOGETHER,
    maxWrites: 2,
    write: (questions) => findReceivers(db, questions),
  });
}

interface ReceiverRow {
  readonly place: number;
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly return_path_host: string;
  readonly dmarc_failures: Domain["dmarcFailures"];
  readonly catch_all: string | null;
  readonly has_routes: boolean;
  readonly mailbox_id: string | null;
  readonly mailbox_project_id: string | null;
  readonly has_quota: boolean | null;
}

async function findReceivers(
  db: Database,
  questions: readonly ReceiverQuestion[],
): Promise<readonly (Receiver | null)[]> {
  const { rows } = await db.pool.query<ReceiverRow>({
    name: "find-receivers",
    text: `SELECT asked.place, domains.id, domains.project_id, domains.name, return_path_host, dmarc_failures, catch_all,
                  EXISTS (SELECT FROM inbound_routes WHERE project_id = domains.project_id AND enabled) AS has_routes,
                  box.id AS mailbox_id, box.project_id AS mailbox_project_id, box.has_quota
             FROM json_to_recordset($1::json) AS asked(place integer, host text, addresses text[])
             CROSS JOIN LATERAL (
               SELECT * FROM domains
                WHERE (domains.name = asked.host OR return_path_host = asked.host) AND verified_at IS NOT NULL LIMIT 1
             ) AS domains
             LEFT JOIN LATERAL (
               SELECT mailboxes.id, mailboxes.project_id, quota_bytes IS NOT NULL OR quota_messages IS NOT NULL AS has_quota
                 FROM unnest(asked.addresses) WITH ORDINALITY AS wanted(address, place)
                 CROSS JOIN LATERAL (
                   SELECT id FROM mailboxes WHERE address = wanted.address
                   UNION ALL SELECT mailbox_id FROM mailbox_aliases WHERE address = wanted.address LIMIT 1
                 ) AS found
                 JOIN mailboxes ON mailboxes.id = found.id
                WHERE domains.name = asked.host
                ORDER BY wanted.place LIMIT 1
             ) AS box ON true`,
    values: [storableJson(questions.map((question, place) => ({ place, ...question })))],
  });
  const found = new Map(rows.map((row) => [row.place, receiverOf(row)]));
  return questions.map((_, place) => found.get(place) ?? null);
}

function receiverOf(row: ReceiverRow): Receiver {
  const { mailbox_id: mailboxId, mailbox_project_id: owner } = row;
  return {
    domain: {
      id: row.id,
      projectId: row.project_id,
      name: row.name,
      returnPathHost: row.return_path_host,
      dmarcFailures: row.dmarc_failures,
      catchAll: row.catch_all,
      hasRoutes: row.has_routes,
    },
    mailbox:
      mailboxId === null || owner === null
        ? null
        : { id: mailboxId, projectId: owner, hasQuota: row.has_quota === true },
  };
}
