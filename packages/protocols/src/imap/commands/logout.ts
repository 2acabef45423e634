import type { CommandCall } from "../command-row.ts";
import type { Completion } from "../imap-session.ts";

/** RFC 9051 §6.1.3. */
export async function logout({ io, args }: CommandCall): Promise<Completion> {
  args.end();
  io.untagged("BYE Logging out");
  return { status: "OK", text: "LOGOUT completed", afterwards: async () => "end" };
}
