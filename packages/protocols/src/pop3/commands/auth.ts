import { decodeSaslBase64 } from "../../wire/sasl.ts";
import { exchangeSasl, refusalChallenge, saslMechanisms } from "../../wire/sasl-exchange.ts";
import type { Pop3Call } from "../command-row.ts";
import { enterMaildrop } from "../maildrop.ts";
import { type Pop3Io, Pop3Refusal, type Pop3Reply } from "../pop3-session.ts";

/**
 * RFC 5034 §4: PLAIN (RFC 4616), LOGIN, and with a backend that takes tokens XOAUTH2 and OAUTHBEARER (RFC 7628), all with an initial
 * response. Without a mechanism it lists them.
 */
export async function auth({ io, args }: Pop3Call): Promise<Pop3Reply> {
  const [mechanism, response] = args;
  const { bearer } = io.options.backend;
  if (mechanism === undefined) {
    return { status: "+OK", text: "Mechanisms follow", lines: saslMechanisms(bearer) };
  }
  const initial = response === undefined ? undefined : decode(response);
  const exchange = await exchangeSasl(mechanism, initial, bearer, (challenge) => ask(io, challenge));
  switch (exchange.kind) {
    case "unknown-mechanism":
      throw new Pop3Refusal("Unknown authentication mechanism");
    case "malformed":
      throw new Pop3Refusal("Invalid authentication response");
    case "proof": {
      const reply = await enterMaildrop(io, exchange.proof);
      const challenge = refusalChallenge(exchange.proof, bearer);
      if (reply.status !== "+OK" && challenge !== null) await readLine(io, challenge);
      return reply;
    }
  }
}

async function readLine(io: Pop3Io, challenge: string): Promise<string> {
  io.connection.write(`+ ${challenge}\r\n`);
  const read = await io.connection.readLine(io.limits.maxLineBytes, io.limits.stallTimeoutMs);
  if (read.kind !== "line") throw new Pop3Refusal("Authentication response not read");
  return read.line.toString("latin1");
}

async function ask(io: Pop3Io, challenge: string): Promise<Buffer> {
  const line = await readLine(io, challenge);
  if (line === "*") throw new Pop3Refusal("Authentication cancelled"); // RFC 5034 §4
  return decode(line);
}

function decode(text: string): Buffer {
  const bytes = decodeSaslBase64(text);
  if (bytes === null) throw new Pop3Refusal("Invalid base64");
  return bytes;
}
