import type { Database } from "./database.ts";
import type { Domain } from "./domains.ts";

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

/**
 * What a server has to know of an address that it is to receive mail for, in one look: the verified domain whose name or return-path
 * host the host is, and, where it is the name, the mailbox that has the first of `addresses` which any mailbox has.
 *
 * @param question.host lower-case A-labels
 * @param question.addresses lower case, the likeliest first; they are mailboxes' own addresses or aliases, of any project
 * @returns null: no domain of ours
 */
export async function findReceiver(
  db: Database,
  question: { readonly host: string; readonly addresses: readonly string[] },
): Promise<{ readonly domain: ReceivingDomain; readonly mailbox: ReceivingMailbox | null } | null> {
  const { rows } = await db.pool.query<{
    id: string;
    project_id: string;
    name: string;
    return_path_host: string;
    dmarc_failures: Domain["dmarcFailures"];
    catch_all: string | null;
    has_routes: boolean;
    mailbox_id: string | null;
    mailbox_project_id: string | null;
    has_quota: boolean | null;
  }>({
    name: "find-receiver",
    text: `SELECT domains.id, domains.project_id, domains.name, return_path_host, dmarc_failures, catch_all,
                  EXISTS (SELECT FROM inbound_routes WHERE project_id = domains.project_id AND enabled) AS has_routes,
                  box.id AS mailbox_id, box.project_id AS mailbox_project_id, box.has_quota
             FROM domains
             LEFT JOIN LATERAL (
               SELECT mailboxes.id, mailboxes.project_id, quota_bytes IS NOT NULL OR quota_messages IS NOT NULL AS has_quota
                 FROM unnest($2::text[]) WITH ORDINALITY AS wanted(address, place)
                 CROSS JOIN LATERAL (
                   SELECT id FROM mailboxes WHERE address = wanted.address
                   UNION ALL SELECT mailbox_id FROM mailbox_aliases WHERE address = wanted.address LIMIT 1
                 ) AS found
                 JOIN mailboxes ON mailboxes.id = found.id
                WHERE domains.name = $1
                ORDER BY wanted.place LIMIT 1
             ) AS box ON true
            WHERE (domains.name = $1 OR return_path_host = $1) AND verified_at IS NOT NULL`,
    values: [question.host, question.addresses],
  });
  const [row] = rows;
  if (row === undefined) return null;
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
