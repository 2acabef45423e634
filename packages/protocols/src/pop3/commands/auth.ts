import { decodePlain, decodeSaslBase64 } from "../../wire/sasl.ts";
import type { Pop3Call } from "../command-row.ts";
import { enterMaildrop } from "../maildrop.ts";
import { type Pop3Io, Pop3Refusal, type Pop3Reply } from "../pop3-session.ts";

/** RFC 5034 §4: PLAIN (RFC 4616) and LOGIN, both with an initial response. Without a mechanism it lists them. */
export async function auth({ io, args }: Pop3Call): Promise<Pop3Reply> {
  const [mechanism, response] = args;
  if (mechanism === undefined) return { status: "+OK", text: "Mechanisms follow", lines: ["PLAIN", "LOGIN"] };
  const initial = response === undefined ? undefined : decode(response);
  switch (mechanism.toUpperCase()) {
    case "PLAIN": {
      const credentials = decodePlain(initial ?? (await ask(io, "")));
      if (credentials === null) throw new Pop3Refusal("Invalid PLAIN response");
      return enterMaildrop(io, { kind: "password", ...credentials, mechanism: "PLAIN" });
    }
    case "LOGIN": {
      const username = (initial ?? (await ask(io, "VXNlcm5hbWU6"))).toString("utf8");
      const password = (await ask(io, "UGFzc3dvcmQ6")).toString("utf8");
      return enterMaildrop(io, { kind: "password", username, password, mechanism: "LOGIN" });
    }
    default:
      throw new Pop3Refusal("Unknown authentication mechanism");
  }
}

async function ask(io: Pop3Io, challenge: string): Promise<Buffer> {
  io.connection.write(`+ ${challenge}\r\n`);
  const read = await io.connection.readLine(io.limits.maxLineBytes, io.limits.stallTimeoutMs);
  if (read.kind !== "line") throw new Pop3Refusal("Authentication response not read");
  const line = read.line.toString("latin1");
  if (line === "*") throw new Pop3Refusal("Authentication cancelled"); // RFC 5034 §4
  return decode(line);
}

function decode(text: string): Buffer {
  const bytes = decodeSaslBase64(text);
  if (bytes === null) throw new Pop3Refusal("Invalid base64");
  return bytes;
}
