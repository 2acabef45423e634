import type { Pop3Call } from "../command-row.ts";
import { enterMaildrop } from "../maildrop.ts";
import { Pop3Refusal, type Pop3Reply } from "../pop3-session.ts";

/** USER (RFC 1939 §7). The answer is the same for every name: it must not tell which mailboxes exist. */
export async function user({ io, args }: Pop3Call): Promise<Pop3Reply> {
  io.username = args[0] ?? null;
  return { status: "+OK", text: "Send PASS" };
}

/** PASS (RFC 1939 §7): the rest of the line is the password, spaces included. */
export async function pass({ io, rest }: Pop3Call): Promise<Pop3Reply> {
  const { username } = io;
  io.username = null;
  if (username === null) throw new Pop3Refusal("USER first");
  return enterMaildrop(io, { kind: "password", username, password: rest, mechanism: "USER" });
}
