import type { TestContext } from "node:test";
import { createSmtpServer } from "@waxwing/protocols";
import { createLogger, generateSelfSigned, newId, systemClock } from "@waxwing/runtime";
import {
  createReturnPaths,
  createSenderRewriting,
  generateSigningKey,
  type ReturnPaths,
  type SenderRewriting,
} from "@waxwing/seal";
import {
  type Database,
  decodeContent,
  encodeContent,
  ensureMailbox,
  ensureProject,
  insertDomain,
  insertMessages,
  openDatabase,
} from "@waxwing/store";
import { createDnsZone, createTestDatabase, type Zone } from "@waxwing/testkit";
import { createReceiver, type Resolver } from "../src/index.ts";

/** A mail as it lies in a folder. */
export interface FiledCopy {
  readonly mailbox: string;
  readonly folder: string;
  readonly text: string;
}

/** An event as it stands in the log. */
export interface LoggedEvent {
  readonly project_id: string;
  readonly type: string;
  readonly message_id: string | null;
  readonly ordinal: number | null;
  readonly payload: Record<string, unknown>;
}

/** An inbound server with a database of its own, for waxwing.test (inbox@, sales@) and, of another project, other.test (inbox@). */
export interface InboundDoor {
  readonly port: number;
  readonly db: Database;
  readonly returnPaths: ReturnPaths;
  readonly senderRewriting: SenderRewriting;
  readonly projectId: string;
  readonly otherProjectId: string;
  /** PEM of the DKIM key `wax1` of waxwing.test. */
  readonly privateKey: string;
  readonly notified: Set<string>;
  /** Lanes of sites and of inbound routes that were woken. */
  readonly woken: { readonly sites: ReadonlySet<string>; readonly routes: ReadonlySet<string> };
  /** Of waxwing.test. */
  readonly domainId: string;
  readonly logged: readonly string[];
  /** Stores a message from shop@waxwing.test as sent and delivered; returns its id and a return path per recipient. */
  readonly sendMessage: (
    recipients: readonly string[],
    state?: string,
    acceptedAtMs?: number,
  ) => Promise<{ readonly id: string; readonly messageId: string; readonly returnPaths: readonly string[] }>;
  readonly filed: () => Promise<readonly FiledCopy[]>;
  readonly events: (type?: string) => Promise<readonly LoggedEvent[]>;
  readonly states: (messageId: string) => Promise<readonly string[]>;
  readonly suppressions: () => Promise<readonly { project_id: string; address: string; reason: string }[]>;
}

const certificate = generateSelfSigned("mx.waxwing.test", Date.now());

export const openInboundDoor = async (
  t: TestContext,
  zone: Zone = {},
  resolver?: Resolver,
): Promise<InboundDoor> => {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, poolSize: 4, onError: () => undefined });
  const [projectId, otherProjectId] = [newId(), newId()];
  const domainId = newId();
  const key = await generateSigningKey("rsa-2048");
  await ensureProject(db, { id: projectId, name: "shop" });
  await ensureProject(db, { id: otherProjectId, name: "other" });
  const addDomain = async (id: string, project: string, name: string, verifiedAt: Date | null) =>
    insertDomain(db, { id, projectId: project, name, returnPathHost: `bounces.${name}`, verifiedAt }, [
      {
        id: newId(),
        domainId: id,
        selector: "wax1",
        algorithm: key.algorithm,
        sealedPrivateKey: "sealed",
        dnsRecord: key.dnsRecord,
      },
    ]);
  await addDomain(domainId, projectId, "waxwing.test", new Date());
  await addDomain(newId(), otherProjectId, "other.test", new Date());
  await addDomain(newId(), otherProjectId, "victim.test", null);
  for (const address of ["inbox@waxwing.test", "sales@waxwing.test"]) {
    await ensureMailbox(db, { projectId, address, passwordHash: "$" });
  }
  await ensureMailbox(db, { projectId: otherProjectId, address: "inbox@other.test", passwordHash: "$" });

  const returnPaths = createReturnPaths(Buffer.alloc(32, 7));
  const senderRewriting = createSenderRewriting(Buffer.alloc(32, 9));
  const notified = new Set<string>();
  const woken = { sites: new Set<string>(), routes: new Set<string>() };
  const logged: string[] = [];
  const server = createSmtpServer<never>({
    kind: "inbound",
    tls: "starttls",
    secureContext: (
      (pair) => () =>
        pair
    )(await certificate),
    plaintextAuth: "never",
    sizeLimitBytes: 1024 * 1024,
    maxRecipients: 100,
    maxConnections: 20,
    hostname: "mx.waxwing.test",
    dsn: false,
    backend: createReceiver({
      db,
      returnPaths,
      senderRewriting,
      resolver: resolver ?? createDnsZone(zone),
      hostname: "mx.waxwing.test",
      postmasterDomain: "waxwing.test",
      clock: systemClock,
      log: createLogger({ level: "info", name: "test", write: (line) => void logged.push(line) }),
      notify: (projectIds) => {
        for (const id of projectIds) notified.add(id);
      },
      wake: {
        sites: async (sites) => sites.forEach((site) => void woken.sites.add(site)),
        routes: async (routeIds) => routeIds.forEach((id) => void woken.routes.add(id)),
      },
    }),
    onError: (event) => logged.push(JSON.stringify(event)),
  });
  const { port } = await server.listen(0, "127.0.0.1");
  t.after(async () => {
    await server.close(0);
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  const rows = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await db.pool.query<Row>(sql, values)).rows;

  return {
    port,
    db,
    returnPaths,
    senderRewriting,
    woken,
    domainId,
    projectId,
    otherProjectId,
    privateKey: key.privateKeyPem,
    notified,
    logged,
    sendMessage: async (addresses, state = "delivered", acceptedAtMs = Date.now()) => {
      const id = newId(acceptedAtMs);
      const content = await encodeContent(projectId, Buffer.from(id));
      await insertMessages(db, [
        {
          id,
          projectId,
          domainId,
          contentKind: "parts",
          contentHash: content.hash,
          contentZstd: content.zstd,
          sizeBytes: content.sizeBytes,
          headers: { from: { address: "shop@waxwing.test" }, to: [], cc: [], replyTo: [], custom: [] },
          subject: "Your order",
          tags: ["order"],
          metadata: { order: "7" },
          priority: 1,
          acceptedAtMs,
          sendAtMs: null,
          expiresAtMs: null,
          options: {},
          requestId: null,
          batchId: null,
          recipients: addresses.map((address, ordinal) => ({ ordinal, role: "to", address, site: "x" })),
          events: [],
        },
      ]);
      await db.pool.query("UPDATE recipients SET state = $2 WHERE message_id = $1", [id, state]);
      if (state === "delivered") await db.pool.query("DELETE FROM backlog WHERE message_id = $1", [id]);
      const paths = addresses.map((_, ordinal) =>
        returnPaths.addressFor({ messageId: id, ordinal }, "bounces.waxwing.test"),
      );
      return { id, messageId: `<${id}@waxwing.test>`, returnPaths: paths };
    },
    filed: async () => {
      const found = await rows<{ mailbox: string; folder: string; zstd: Buffer; plain: string | null }>(
        `SELECT mailboxes.address AS mailbox, folders.name AS folder, zstd, plain
           FROM mailbox_messages JOIN folders ON folders.id = folder_id JOIN mailboxes ON mailboxes.id = mailbox_id
           JOIN mailbox_contents ON hash = content_hash ORDER BY mailboxes.address, folders.name, uid`,
      );
      return await Promise.all(
        found.map(async ({ mailbox, folder, zstd, plain }) => ({
          mailbox,
          folder,
          text: plain ?? (await decodeContent(zstd)).toString(),
        })),
      );
    },
    events: (type) =>
      rows<LoggedEvent>(
        "SELECT project_id, type, message_id, ordinal, payload FROM events WHERE $1::text IS NULL OR type = $1 ORDER BY id",
        [type ?? null],
      ),
    states: async (messageId) =>
      (
        await rows<{ state: string }>("SELECT state FROM recipients WHERE message_id = $1 ORDER BY ordinal", [
          messageId,
        ])
      ).map(({ state }) => state),
    suppressions: () => rows("SELECT project_id, address, reason FROM suppressions ORDER BY address"),
  };
};
