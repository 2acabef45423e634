import type { TestContext } from "node:test";
import {
  openSmtpConnection,
  type RecipientResult,
  type SmtpClientTimeouts,
  type SmtpConnection,
  type SmtpConnectOptions,
  type SmtpOpening,
} from "../../src/smtp-client/index.ts";

/** All stages alike. */
export const timeouts = (ms: number): SmtpClientTimeouts => ({
  connectMs: ms,
  greetingMs: ms,
  commandMs: ms,
  handshakeMs: ms,
  mailMs: ms,
  rcptMs: ms,
  dataMs: ms,
  dataBlockMs: ms,
  dataEndMs: ms,
  quitMs: ms,
});

export const CLEAR = { mode: "none", verify: { kind: "none" } } as const;
export const OPPORTUNISTIC = { mode: "opportunistic", verify: { kind: "none" } } as const;

/** Opens a connection that is cut when the test ends. */
export function open(
  t: TestContext,
  peer: { readonly port: number },
  more: Partial<SmtpConnectOptions> = {},
): Promise<SmtpOpening> {
  return openSmtpConnection({
    host: "127.0.0.1",
    port: peer.port,
    helo: "mail.waxwing.test",
    tls: CLEAR,
    timeouts: timeouts(20_000),
    signal: t.signal,
    ...more,
  });
}

/** The same, where it must succeed. */
export async function connected(
  t: TestContext,
  peer: { readonly port: number },
  more: Partial<SmtpConnectOptions> = {},
): Promise<SmtpConnection> {
  const opening = await open(t, peer, more);
  if (opening.kind !== "open") throw new Error(opening.conversation.text());
  return opening.connection;
}

export const RAW = Buffer.from("From: shop@waxwing.test\r\nSubject: Order\r\n\r\n.a dot\r\n..two\r\nend\r\n");

/** Sends {@link RAW} to `recipients`. */
export async function send(
  connection: SmtpConnection,
  recipients: readonly string[] = ["ann@peer.test"],
  raw: Buffer = RAW,
): Promise<readonly RecipientResult[]> {
  const result = await connection.send(
    { reversePath: "b+token@bounces.waxwing.test", recipients: recipients.map((address) => ({ address })) },
    raw,
  );
  return result.recipients;
}

/** A result in a few words: `accepted 250`, `refused rcpt 550`, `failed content timeout all`. */
export function brief(result: RecipientResult | undefined): string {
  switch (result?.kind) {
    case undefined:
      return "none";
    case "accepted":
      return `accepted ${result.code}`;
    case "refused":
      return `refused ${result.stage} ${result.code}`;
    case "unsendable":
      return `unsendable ${result.reason}`;
    case "failed":
      return `failed ${result.stage} ${result.fault.code} ${result.sent}`;
  }
}

/** An opening in a few words: `open`, `refused greeting 554`, `failed hello timeout`. */
export function briefOpening(opening: SmtpOpening): string {
  switch (opening.kind) {
    case "open":
      return "open";
    case "refused":
      return `refused ${opening.stage} ${opening.reply.code}`;
    case "failed":
      return `failed ${opening.stage} ${opening.fault.code}`;
  }
}
