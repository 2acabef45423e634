import { readAddress } from "@waxwing/outbound";
import type { Clock } from "@waxwing/runtime";
import {
  type Actor,
  addSuppressions,
  type Database,
  deleteSuppressions,
  listSuppressions,
  listUnsubscribeGroups,
  type Suppression,
  type SuppressionChoice,
  type SuppressionKey,
} from "@waxwing/store";
import { Type } from "typebox";
import { actorOf, callerOf } from "../../guard.ts";
import type { SendgridInstance } from "../dialect.ts";
import { SendgridError } from "../errors.ts";
import { streamArray } from "../json-stream.ts";
import { GLOBAL_REASONS, storedAddress, unixTime } from "../suppression-lists.ts";
import { findGroup } from "./unsubscribe-groups.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_EMAILS = 10_000;
const PAGE = 1_000;
const LEFT = ["unsubscribed"] as const;

const Recipients = Type.Object({
  recipient_emails: Type.Array(Type.String(), { minItems: 1, maxItems: MAX_EMAILS }),
});

/** `/v3/asm/.../suppressions`: who has left a group, or all mail. */
export function groupSuppressionRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const ofGroup = Type.Object({ group_id: Type.String() });
  const ofGroupAndEmail = Type.Object({ group_id: Type.String(), email: Type.String() });
  const ofEmail = Type.Object({ email: Type.String() });
  const reading = { scope: "suppressions:read", sendgridScope: "asm.groups.suppressions.read" } as const;
  const writing = (action: string) =>
    ({ scope: "suppressions:write", sendgridScope: `asm.groups.suppressions.${action}` }) as const;
  const global = (action: string) => `asm.suppressions.global.${action}`;

  const pagesOf =
    (projectId: string, choice: SuppressionChoice) =>
    (after: SuppressionKey | null): Promise<readonly Suppression[]> =>
      listSuppressions(db, projectId, choice, { after, limit: PAGE });
  const inForce = (row: Suppression): boolean =>
    row.expiresAt === null || row.expiresAt.getTime() > clock.now();

  app.route({
    method: "POST",
    url: "/asm/groups/:group_id/suppressions",
    bodyLimit: MAX_BODY_BYTES,
    config: writing("create"),
    schema: { params: ofGroup, body: Recipients },
    handler: async (request, reply) => {
      const group = await findGroup(db, callerOf(request).projectId, request.params.group_id);
      const emails = readRecipients(request.body.recipient_emails);
      await unsubscribe(db, actorOf(request), emails, group.id);
      reply.code(201);
      return { recipient_emails: emails };
    },
  });

  app.route({
    method: "GET",
    url: "/asm/groups/:group_id/suppressions",
    config: reading,
    schema: { params: ofGroup },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const group = await findGroup(db, projectId, request.params.group_id);
      return streamArray(reply, pagesOf(projectId, { groupId: group.id }), ({ address }) => address);
    },
  });

  app.route({
    method: "POST",
    url: "/asm/groups/:group_id/suppressions/search",
    bodyLimit: MAX_BODY_BYTES,
    config: reading,
    schema: { params: ofGroup, body: Recipients },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const group = await findGroup(db, projectId, request.params.group_id);
      const addresses = [...new Set(request.body.recipient_emails.map(storedAddress))];
      const choice = { addresses, groupId: group.id };
      const rows = await listSuppressions(db, projectId, choice, { after: null, limit: MAX_EMAILS });
      return rows.filter(inForce).map(({ address }) => address);
    },
  });

  app.route({
    method: "DELETE",
    url: "/asm/groups/:group_id/suppressions/:email",
    config: writing("delete"),
    schema: { params: ofGroupAndEmail },
    handler: async (request, reply) => {
      const group = await findGroup(db, callerOf(request).projectId, request.params.group_id);
      const addresses = [storedAddress(request.params.email)];
      await deleteSuppressions(db, actorOf(request), { addresses, groupId: group.id });
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "GET",
    url: "/asm/suppressions",
    config: reading,
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const groups = await listUnsubscribeGroups(db, projectId);
      const names = new Map(groups.map(({ id, name }) => [id, name]));
      const pages = pagesOf(projectId, { reasons: LEFT, inGroups: true });
      return streamArray(reply, pages, ({ address, groupId, createdAt }) => ({
        email: address,
        group_id: groupId,
        group_name: names.get(groupId) ?? "",
        created_at: unixTime(createdAt),
      }));
    },
  });

  app.route({
    method: "GET",
    url: "/asm/suppressions/:email",
    config: reading,
    schema: { params: ofEmail },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const choice = { addresses: [storedAddress(request.params.email)], reasons: LEFT };
      const rows = await listSuppressions(db, projectId, choice, { after: null, limit: PAGE });
      const left = new Set(rows.filter(inForce).map(({ groupId }) => groupId));
      const groups = await listUnsubscribeGroups(db, projectId);
      return {
        suppressions: groups.map(({ id, name, description, isDefault }) => ({
          id,
          name,
          description,
          is_default: isDefault,
          suppressed: left.has(id),
        })),
      };
    },
  });

  app.route({
    method: "POST",
    url: "/asm/suppressions/global",
    bodyLimit: MAX_BODY_BYTES,
    config: { scope: "suppressions:write", sendgridScope: global("create") },
    schema: { body: Recipients },
    handler: async (request, reply) => {
      const emails = readRecipients(request.body.recipient_emails);
      await unsubscribe(db, actorOf(request), emails, 0);
      reply.code(201);
      return { recipient_emails: emails };
    },
  });

  app.route({
    method: "GET",
    url: "/asm/suppressions/global/:email",
    config: { scope: "suppressions:read", sendgridScope: global("read") },
    schema: { params: ofEmail },
    handler: async (request) => {
      const choice = {
        addresses: [storedAddress(request.params.email)],
        reasons: GLOBAL_REASONS,
        groupId: 0,
      };
      const rows = await listSuppressions(db, callerOf(request).projectId, choice, {
        after: null,
        limit: PAGE,
      });
      const found = rows.find(inForce);
      return found === undefined ? {} : { recipient_email: found.address };
    },
  });

  app.route({
    method: "DELETE",
    url: "/asm/suppressions/global/:email",
    config: { scope: "suppressions:write", sendgridScope: global("delete") },
    schema: { params: ofEmail },
    handler: async (request, reply) => {
      const addresses = [storedAddress(request.params.email)];
      await deleteSuppressions(db, actorOf(request), { addresses, reasons: GLOBAL_REASONS, groupId: 0 });
      reply.code(204);
      return null;
    },
  });
}

/** The addresses as they are kept, each once. @throws SendgridError naming every one that is none. */
function readRecipients(emails: readonly string[]): readonly string[] {
  const read = emails.map((email) => readAddress(email));
  const errors = read.flatMap((reading, index) =>
    reading.kind === "address"
      ? []
      : [{ field: `recipient_emails.${index}`, message: "Does not contain a valid address.", help: null }],
  );
  if (errors.length > 0) throw new SendgridError(400, errors.slice(0, 100));
  return [...new Set(read.flatMap((reading) => (reading.kind === "address" ? [reading.address] : [])))];
}

async function unsubscribe(
  db: Database,
  actor: Actor,
  addresses: readonly string[],
  groupId: number,
): Promise<void> {
  const rows = addresses.map((address) => ({ address, reason: "unsubscribed" as const, groupId }));
  const action = rows.length === 1 ? "suppression.created" : "suppressions.imported";
  await addSuppressions(db, actor, rows, action);
}
