import { decodeSaslBase64 } from "../../wire/sasl.ts";
import { exchangeSasl, refusalChallenge } from "../../wire/sasl-exchange.ts";
import type { CommandCall } from "../command-row.ts";
import { bad, no } from "../imap-error.ts";
import type { Completion, ImapIo } from "../imap-session.ts";
import { logIn } from "../log-in.ts";

/**
 * RFC 9051 §6.2.2: PLAIN (RFC 4616), LOGIN, and with a backend that takes tokens XOAUTH2 and OAUTHBEARER (RFC 7628), all with an
 * initial response (SASL-IR, RFC 4959).
 */
export async function authenticate({ io, args }: CommandCall): Promise<Completion> {
  args.sp();
  const mechanism = args.atom();
  const initial = args.trySp() ? decodeSaslBase64(args.astring()) : undefined;
  args.end();
  if (initial === null) throw bad("Invalid base64");
  const { bearer } = io.options.backend;
  const exchange = await exchangeSasl(mechanism, initial, bearer, (challenge) => ask(io, challenge));
  switch (exchange.kind) {
    case "unknown-mechanism":
      throw no("CANNOT", "Unknown authentication mechanism");
    case "malformed":
      throw bad("Invalid authentication response");
    case "proof": {
      const completion = await logIn(io, exchange.proof);
      const challenge = refusalChallenge(exchange.proof, bearer);
      if (completion.status !== "OK" && challenge !== null) await readLine(io, challenge);
      return completion;
    }
  }
}

async function readLine(io: ImapIo, challenge: string): Promise<string> {
  io.connection.write(`+ ${challenge}\r\n`);
  const read = await io.connection.readLine(io.limits.maxLineBytes, io.limits.stallTimeoutMs);
  if (read.kind !== "line") throw bad("Authentication response not read");
  return read.line.toString("latin1");
}

async function ask(io: ImapIo, challenge: string): Promise<Buffer> {
  const line = await readLine(io, challenge);
  if (line === "*") throw bad("Authentication cancelled"); // RFC 9051 §6.2.2
  const response = decodeSaslBase64(line);
  if (response === null) throw bad("Invalid base64");
  return response;
}
