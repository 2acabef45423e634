import { decodePlain, decodeSaslBase64 } from "../../wire/sasl.ts";
import type { CommandCall } from "../command-row.ts";
import { bad, no } from "../imap-error.ts";
import type { Completion, ImapIo } from "../imap-session.ts";
import { logIn } from "../log-in.ts";

/** RFC 9051 §6.2.2: PLAIN (RFC 4616) and LOGIN, both with an initial response (SASL-IR). */
export async function authenticate({ io, args }: CommandCall): Promise<Completion> {
  args.sp();
  const mechanism = args.atom().toUpperCase();
  const initial = args.trySp() ? decodeSaslBase64(args.astring()) : undefined;
  args.end();
  if (initial === null) throw bad("Invalid base64");
  if (mechanism === "PLAIN") {
    const credentials = decodePlain(initial ?? (await ask(io, "")));
    if (credentials === null) throw bad("Invalid PLAIN response");
    return logIn(io, { kind: "password", ...credentials, mechanism: "PLAIN" });
  }
  if (mechanism === "LOGIN") {
    const username = (initial ?? (await ask(io, "VXNlcm5hbWU6"))).toString("utf8");
    const password = (await ask(io, "UGFzc3dvcmQ6")).toString("utf8");
    return logIn(io, { kind: "password", username, password, mechanism: "LOGIN" });
  }
  throw no("CANNOT", "Unknown authentication mechanism");
}

async function ask(io: ImapIo, challenge: string): Promise<Buffer> {
  io.connection.write(`+ ${challenge}\r\n`);
  const read = await io.connection.readLine(io.limits.maxLiteralBytes, io.limits.stallTimeoutMs);
  if (read.kind !== "line") throw bad("Authentication response not read");
  const line = read.line.toString("latin1");
  if (line === "*") throw bad("Authentication cancelled"); // RFC 9051 §6.2.2
  const response = decodeSaslBase64(line);
  if (response === null) throw bad("Invalid base64");
  return response;
}
