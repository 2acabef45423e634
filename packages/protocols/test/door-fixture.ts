import { readFileSync } from "node:fs";
import {
  createImapServer,
  createPop3Server,
  type ImapServerOptions,
  type Pop3ServerOptions,
  type WireEvent,
  type WireServer,
} from "../src/index.ts";
import { createMemoryMailbox, type MemoryMailbox } from "./memory-mailbox.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");

/** A self-signed certificate for localhost. */
export const localhostTls = { cert: fixture("localhost-cert.pem"), key: fixture("localhost-key.pem") };

/** A running server over a memory mailbox; `await using` closes it. */
export interface RunningDoor extends AsyncDisposable {
  readonly port: number;
  readonly mailbox: MemoryMailbox;
  readonly server: WireServer;
  /** What the server reported. */
  readonly events: WireEvent[];
  /** Resolves with the first event of that kind, past ones included. */
  event(kind: WireEvent["kind"]): Promise<WireEvent>;
}

/** Starts an IMAP or POP3 door on a free port; clear-text logins from loopback are allowed unless said otherwise. */
export async function openDoor(
  protocol: "imap" | "pop3",
  options: Partial<Omit<ImapServerOptions & Pop3ServerOptions, "backend" | "onError">> = {},
): Promise<RunningDoor> {
  const mailbox = createMemoryMailbox();
  const events: WireEvent[] = [];
  const waiting = new Map<WireEvent["kind"], (event: WireEvent) => void>();
  const create = protocol === "imap" ? createImapServer : createPop3Server;
  const server = create({
    backend: mailbox,
    tls: "starttls",
    secureContext: () => localhostTls,
    plaintextAuth: "loopback",
    onError(event) {
      events.push(event);
      waiting.get(event.kind)?.(event);
    },
    ...options,
  });
  const { port } = await server.listen(0, "127.0.0.1");
  return {
    port,
    mailbox,
    server,
    events,
    async event(kind) {
      const past = events.find((event) => event.kind === kind);
      if (past !== undefined) return past;
      return new Promise((resolve) => waiting.set(kind, resolve));
    },
    [Symbol.asyncDispose]: () => server.close(1_000),
  };
}

/** A small text message. */
export const PLAIN = fixture("plain.eml");

/** A message with an alternative, an attachment, an attached message and non-ASCII text. */
export const NESTED = fixture("nested.eml");
