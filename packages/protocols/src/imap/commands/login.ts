import type { CommandCall } from "../command-row.ts";
import type { Completion } from "../imap-session.ts";
import { logIn } from "../log-in.ts";

/** RFC 9051 §6.2.3. */
export async function login({ io, args }: CommandCall): Promise<Completion> {
  args.sp();
  const username = args.astring();
  args.sp();
  const password = args.astring();
  args.end();
  return logIn(io, { kind: "password", username, password, mechanism: "LOGIN" });
}
