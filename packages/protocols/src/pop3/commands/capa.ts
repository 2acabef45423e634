import { saslMechanisms } from "../../wire/sasl-exchange.ts";
import type { Pop3Call } from "../command-row.ts";
import { mayAuthenticate, type Pop3Io, type Pop3Reply } from "../pop3-session.ts";

/** RFC 2449 §5. Ways to log in are only shown where they work. */
export async function capa({ io }: Pop3Call): Promise<Pop3Reply> {
  const lines = [
    "TOP",
    "UIDL",
    "PIPELINING",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "UTF8 USER",
    `EXPIRE ${expiry(io)}`,
  ];
  const { loginDelay } = io.options;
  if (loginDelay !== undefined) lines.push(`LOGIN-DELAY ${loginDelay.seconds}`); // RFC 2449 §6.5
  if (io.phase.kind === "authorization") {
    if (io.options.tls === "starttls" && !io.connection.encrypted()) lines.push("STLS");
    if (mayAuthenticate(io))
      lines.push("USER", `SASL ${saslMechanisms(io.options.backend.bearer).join(" ")}`);
  }
  lines.push("IMPLEMENTATION Waxwing");
  return { status: "+OK", text: "Capabilities follow", lines };
}

/** RFC 2449 §6.7: before the login the shortest that a mailbox may have, and that it depends on the user. */
function expiry({ phase }: Pop3Io): string {
  if (phase.kind === "authorization") return "1 USER";
  return String(phase.maildrop.session.maildrop?.expireDays ?? "NEVER");
}
