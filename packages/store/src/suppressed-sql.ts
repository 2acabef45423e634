/**
 * SQL: why a project must not write to an address (any more), or null. Each argument is SQL of its own.
 *
 * @param of.group the unsubscribe group of the message; null: none
 * @param of.bypass a JSON list of the reasons that do not count for the message; null: none
 */
export const suppressedSql = (of: {
  readonly projectId: string;
  readonly address: string;
  readonly group: string;
  readonly bypass: string;
}): string => `
       (SELECT reason FROM suppressions
         WHERE suppressions.project_id = ${of.projectId} AND suppressions.address = lower(${of.address})
           AND (group_id = 0 OR group_id = ${of.group})
           AND reason <> 'blocked' AND (suppressions.expires_at IS NULL OR suppressions.expires_at > now())
           AND NOT coalesce(${of.bypass} ? reason, false)
         ORDER BY suppressions.created_at LIMIT 1)`;
