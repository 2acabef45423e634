import type { TestContext } from "node:test";
import { createAcceptor } from "@waxwing/outbound";
import {
  type Clock,
  createLogger,
  generateSelfSigned,
  hashApiKeySecret,
  newId,
  parseApiKey,
  systemClock,
  type TlsMaterial,
  type TokenIssuer,
} from "@waxwing/runtime";
import {
  type Database,
  decodeContent,
  ensureProject,
  insertDomain,
  openDatabase,
  upsertApiKey,
} from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import { startSubmission } from "../src/index.ts";

/** An API key of the project that owns waxwing.test; of the same project without the scope to send; of another project. */
export const apiKey = `SG.${"a".repeat(22)}.${"b".repeat(43)}`;
export const readingKey = `SG.${"c".repeat(22)}.${"d".repeat(43)}`;
export const otherKey = `SG.${"e".repeat(22)}.${"f".repeat(43)}`;
/** What an operator may have set as WAXWING_API_KEY. */
export const plainKey = "correct horse battery staple".replaceAll(" ", "-");

/** Both submission doors over a database of their own. */
export interface SubmissionDoors {
  readonly projectId: string;
  readonly ports: { readonly submission: number; readonly submissions: number };
  readonly db: Database;
  readonly logged: readonly string[];
  /** What is stored, oldest first. */
  readonly stored: () => Promise<
    readonly {
      readonly id: string;
      readonly projectId: string;
      readonly subject: string;
      readonly mime: Buffer;
      readonly recipients: readonly string[];
    }[]
  >;
}

const pair = generateSelfSigned("mail.waxwing.test", Date.now());

export const openSubmissionDoors = async (
  t: TestContext,
  options: {
    readonly clock?: Clock;
    readonly plaintextAuth?: "never" | "loopback";
    readonly oauth?: TokenIssuer | null;
  } = {},
): Promise<SubmissionDoors> => {
  const { clock = systemClock, plaintextAuth = "never", oauth = null } = options;
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, poolSize: 4, onError: () => undefined });
  const [projectId, otherProjectId] = [newId(), newId()];
  await ensureProject(db, { id: projectId, name: "shop" });
  await ensureProject(db, { id: otherProjectId, name: "other" });
  for (const [name, verifiedAt] of [
    ["waxwing.test", new Date()],
    ["unverified.test", null],
  ] as const) {
    await insertDomain(
      db,
      { id: newId(), projectId, name, returnPathHost: `bounces.${name}`, verifiedAt },
      [],
    );
  }
  for (const [key, project, scopes] of [
    [apiKey, projectId, ["send"]],
    [readingKey, projectId, ["messages:read"]],
    [otherKey, otherProjectId, ["*"]],
    [plainKey, projectId, ["*"]],
  ] as const) {
    const { publicId, secret } = parseApiKey(key);
    const secretHash = hashApiKeySecret(secret);
    await upsertApiKey(db, {
      id: newId(),
      projectId: project,
      name: "key",
      publicId,
      secretHash,
      scopes: [...scopes],
    });
  }

  const logged: string[] = [];
  const log = createLogger({ level: "debug", name: "test", write: (line) => void logged.push(line) });
  const current = await pair;
  const tls: TlsMaterial = {
    current: () => current,
    onReplaced: () => () => undefined,
    refresh: async () => "unchanged",
    [Symbol.asyncDispose]: async () => undefined,
  };
  // Delivery is no part of these tests: nobody is woken.
  const lanes = {
    wake: async () => undefined,
    wakeAt: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const free = { host: "127.0.0.1", port: 0 };
  const running = await startSubmission({
    config: {
      listen: {
        http: "off",
        submission: free,
        submissions: free,
        inbound: "off",
        imap: "off",
        imaps: "off",
        pop3: "off",
        pop3s: "off",
      },
      hostname: "mail.waxwing.test",
      plaintextAuth,
      oauth,
    },
    db,
    ...createAcceptor({ db, lanes, clock, log, notify: () => undefined }),
    tls,
    clock,
    log,
  });
  t.after(async () => {
    await running[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await database.drop();
  });
  const { submission = 0, submissions = 0 } = running.ports;

  return {
    projectId,
    ports: { submission, submissions },
    db,
    logged,
    stored: async () => {
      const { rows } = await db.pool.query<{
        id: string;
        project_id: string;
        subject: string;
        zstd: Buffer;
        recipients: string[];
      }>(
        `SELECT id, project_id, subject, zstd,
                (SELECT array_agg(address ORDER BY ordinal) FROM recipients WHERE message_id = id) AS recipients
           FROM messages JOIN message_contents ON hash = content_hash ORDER BY id`,
      );
      return await Promise.all(
        rows.map(async ({ id, project_id, subject, zstd, recipients }) => ({
          id,
          projectId: project_id,
          subject,
          mime: await decodeContent(zstd),
          recipients,
        })),
      );
    },
  };
};
