import type { TestContext } from "node:test";
import { createChangeFeed, createMailboxBackend } from "@waxwing/mailboxes";
import { createImapServer, createPop3Server, type MailboxBackend } from "@waxwing/protocols";
import { createLogger, hashPassword, newId, systemClock } from "@waxwing/runtime";
import {
  ensureMailbox,
  ensureProject,
  hashAppPassword,
  insertAppPassword,
  openDatabase,
} from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import { comparableImap, comparablePop3 } from "./comparable.ts";
import { compareExchanges, type Difference } from "./differences.ts";
import { type Exchange, playScript } from "./play-script.ts";
import { startDovecot } from "./start-dovecot.ts";

/** A message to have in INBOX before a script begins; lines end in CRLF. */
export interface Filed {
  readonly raw: Buffer;
  readonly arrived: Date;
}

const SCOPES = ["imap", "pop3"] as const;

/** Waxwing over PostgreSQL, and Dovecot. */
export interface TwoServers extends AsyncDisposable {
  /** Plays a script to both, each with a mailbox of its own and user `ann`, password `secret`, and compares the answers. */
  compare(
    script: { readonly name: string; readonly text: string; readonly protocol: "imap" | "pop3" },
    mail: readonly Filed[],
  ): Promise<readonly Difference[]>;
}

/** Starts both. Null where there is no Dovecot: the test is skipped then, except in CI. */
export async function openTwoServers(t: TestContext): Promise<TwoServers | null> {
  await using stack = new AsyncDisposableStack();
  const dovecot = await startDovecot(t);
  if (dovecot === null) return null;
  stack.use(dovecot);
  const database = stack.use(await createTestDatabase());
  const db = stack.use(openDatabase({ url: database.url, onError: () => {} }));
  const log = createLogger({ level: "silent", name: "test" });
  const listen = stack.use(createChangeFeed({ db, clock: systemClock, log }));
  const backend = stack.use(createMailboxBackend({ db, clock: systemClock, log, listen }));
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "comparison" });
  const passwordHash = await hashPassword("secret");
  let played = 0;
  const owned = stack.move();

  /** Opens to its address as an app password, since each check of another password takes long. */
  async function makeMailbox(address: string): Promise<void> {
    const mailbox = await ensureMailbox(db, { projectId, address, passwordHash });
    if (mailbox.kind !== "created") throw new Error(`no mailbox: ${mailbox.kind}`);
    const actor = { projectId, keyId: null, remoteAddress: null };
    const wanted = {
      mailboxId: mailbox.mailbox.id,
      name: "test",
      scopes: SCOPES,
      secretHash: hashAppPassword(address),
    };
    const made = await insertAppPassword(db, actor, wanted, 1);
    if (made.kind !== "created") throw new Error(`no app password: ${made.kind}`);
  }

  async function waxwing(protocol: "imap" | "pop3", address: string) {
    const named: MailboxBackend = {
      ...backend,
      // The mailbox of this script answers to what the scripts say.
      authenticate: (credentials) =>
        backend.authenticate({
          ...credentials,
          username: credentials.username === "ann" ? address : credentials.username,
          ...("password" in credentials && credentials.password === "secret" ? { password: address } : {}),
        }),
    };
    const create = protocol === "imap" ? createImapServer : createPop3Server;
    const server = create({
      backend: named,
      tls: "none",
      secureContext: () => ({}),
      plaintextAuth: "loopback",
      onError: () => {},
    });
    const { port } = await server.listen(0, "127.0.0.1");
    return { port, [Symbol.asyncDispose]: () => server.close(1_000) };
  }

  return {
    async compare({ name, text, protocol }, mail) {
      played += 1;
      const from = `127.1.${Math.floor(played / 200)}.${1 + (played % 200)}`;
      const address = `ann-${played}@waxwing.test`;
      await makeMailbox(address);
      await using imap = await waxwing("imap", address);
      await using pop3 = await waxwing("pop3", address);
      const filing = filingScript(mail);
      const stages = [
        { imap: imap.port, pop3: pop3.port, from },
        { ...dovecot.ports, from },
      ];
      const [ours = [], theirs = []] = await Promise.all(
        stages.map(async (ports) => {
          if (mail.length > 0) await playScript(filing, { protocol: "imap", port: ports.imap, from });
          return comparable(protocol, await playScript(text, { protocol, port: ports[protocol], from }));
        }),
      );
      return compareExchanges(name, ours, theirs);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function filingScript(mail: readonly Filed[]): string {
  const appends = mail.map(({ raw, arrived }, index) => {
    const day = arrived.toUTCString().slice(5, 16).replaceAll(" ", "-");
    const time = arrived.toISOString().slice(11, 19);
    const bytes = [...raw].map((byte) =>
      byte < 32 || byte > 126 || byte === 92
        ? `\\x${byte.toString(16).padStart(2, "0")}`
        : String.fromCharCode(byte),
    );
    return `C!: f${index} APPEND INBOX "${day} ${time} +0000" {${raw.length}+}\\r\\n${bytes.join("")}\\r\\n`;
  });
  // Dovecot makes its folders when they are opened first.
  const opens = ["Drafts", "Junk", "Sent", "Trash"].map((name) => `C: open${name} EXAMINE ${name}`);
  return ["C: in LOGIN ann secret", ...opens, ...appends, "C: out LOGOUT"].join("\n");
}

function comparable(protocol: "imap" | "pop3", exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.map(({ said, answers }) => ({
    said,
    answers: protocol === "imap" ? comparableImap(answers) : comparablePop3(said, answers),
  }));
}
