import { createChangeFeed, createMailboxBackend } from "@waxwing/mailboxes";
import type { AppendResult } from "@waxwing/protocols";
import {
  createLogger,
  generateSelfSigned,
  hashPassword,
  type Logger,
  newId,
  systemClock,
  type TlsMaterial,
} from "@waxwing/runtime";
import { type Database, ensureMailbox, ensureProject, openDatabase } from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import { ImapFlow } from "imapflow";
import { type MailboxPorts, startMailbox } from "../src/index.ts";

export const ANN = { user: "ann@waxwing.test", pass: "correct horse" } as const;
export const EVE = { user: "eve@other.test", pass: "battery staple" } as const;

/** One process that serves mailboxes: a pool and doors of its own. */
export interface Process {
  readonly db: Database;
  readonly ports: Required<MailboxPorts>;
}

/** A database with the mailboxes of Ann and Eve, who belong to different projects. */
export interface MailboxHouse extends AsyncDisposable {
  readonly url: string;
  readonly projectId: string;
  readonly mailboxId: string;
  /** What was logged so far, as JSON lines. */
  readonly lines: readonly string[];
  /** Of every process, PEM. */
  readonly certificate: string;
  /** Starts one more process; it ends with the house. */
  startProcess(): Promise<Process>;
  /** Files mail in one of Ann's folders, from a process that serves nobody. Lines end in LF here and CRLF there. */
  deliver(folder: string, text: string): Promise<AppendResult>;
  /** Files many messages, as they are, in their order. */
  deliverAll(folder: string, mail: readonly Buffer[]): Promise<void>;
}

/** Opens the house. */
export async function openMailboxHouse(): Promise<MailboxHouse> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const lines: string[] = [];
  const log = createLogger({ level: "debug", name: "mailbox", write: (line) => void lines.push(line) });
  const open = () =>
    stack.use(openDatabase({ url: database.url, onError: (err) => log.warn({ event: "pool", err }) }));
  const db = open();
  const [mailboxId, projectId] = await createAccount(db, ANN);
  await createAccount(db, EVE);
  const pair = await generateSelfSigned("localhost", Date.now());
  const tls: TlsMaterial = {
    current: () => pair,
    onReplaced: () => () => {},
    refresh: async () => "unchanged",
    [Symbol.asyncDispose]: async () => {},
  };
  const file = await createDelivery(db, log, stack);
  const owned = stack.move();
  return {
    url: database.url,
    projectId,
    mailboxId,
    lines,
    certificate: pair.cert,
    deliver: (folder, text) => file(folder, [Buffer.from(text.replaceAll("\n", "\r\n"))]),
    async deliverAll(folder, mail) {
      for (let at = 0; at < mail.length; at += 100) {
        const filed = await file(folder, mail.slice(at, at + 100));
        if (filed.kind !== "ok") throw new Error(`not filed: ${filed.kind}`);
      }
    },
    async startProcess() {
      const own = openDatabase({ url: database.url, onError: (err) => log.warn({ event: "pool", err }) });
      owned.use(own);
      const anywhere = { host: "127.0.0.1", port: 0 };
      const config = {
        plaintextAuth: "never",
        listen: {
          http: "off",
          submission: "off",
          submissions: "off",
          inbound: "off",
          imap: anywhere,
          imaps: anywhere,
          pop3: anywhere,
          pop3s: anywhere,
        },
      } as const;
      const mailbox = await startMailbox({ config, db: own, tls, log, clock: systemClock });
      owned.use(mailbox);
      const { imap = 0, imaps = 0, pop3 = 0, pop3s = 0 } = mailbox.ports;
      return { db: own, ports: { imap, imaps, pop3, pop3s } };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function createAccount(
  db: Database,
  account: typeof ANN | typeof EVE,
): Promise<readonly [string, string]> {
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: account.user });
  const passwordHash = await hashPassword(account.pass);
  const made = await ensureMailbox(db, { projectId, address: account.user, passwordHash });
  if (made.kind !== "created") throw new Error("the mailbox is there already");
  return [made.mailbox.id, projectId];
}

async function createDelivery(
  db: Database,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<(folder: string, mail: readonly Buffer[]) => Promise<AppendResult>> {
  const listen = stack.use(createChangeFeed({ db, clock: systemClock, log }));
  const backend = stack.use(createMailboxBackend({ db, clock: systemClock, log, listen }));
  const login = await backend.authenticate({
    kind: "password",
    username: ANN.user,
    password: ANN.pass,
    mechanism: "PLAIN",
    service: "imap",
    remoteAddress: "127.0.0.1",
    encrypted: true,
  });
  if (login.kind !== "ok") throw new Error("Ann cannot log in");
  return (folder, mail) =>
    login.session.append(
      folder,
      mail.map((raw) => ({ raw, flags: [], internalDate: null })),
    );
}

/** An IMAP client over implicit TLS, connected and logged in. Log it out, or `close` it. */
export async function connectImap(
  process: { readonly ports: { readonly imaps: number } },
  auth: { readonly user: string; readonly pass: string } = ANN,
): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: "127.0.0.1",
    port: process.ports.imaps,
    secure: true,
    auth,
    tls: { rejectUnauthorized: false },
    logger: false,
  });
  // A connection that a test cuts on purpose must not end the test process.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A message with that subject. */
export function makeMessage(subject: string, body = "Hello"): string {
  return `From: Bob <bob@example.test>\nTo: ann@waxwing.test\nSubject: ${subject}\nDate: Wed, 4 Mar 2026 05:06:07 +0000\nMessage-ID: <${subject.replaceAll(" ", ".")}@example.test>\n\n${body}\n`;
}
