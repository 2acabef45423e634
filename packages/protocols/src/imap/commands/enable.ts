import type { AuthenticatedCall } from "../command-row.ts";
import { type Completion, ok } from "../imap-session.ts";

/** What ENABLE can switch on, as the client spells it and as we answer. */
const SWITCHES: Readonly<Record<string, string>> = {
  CONDSTORE: "CONDSTORE",
  QRESYNC: "QRESYNC",
  IMAP4REV2: "IMAP4rev2",
  "UTF8=ACCEPT": "UTF8=ACCEPT",
};

/** RFC 9051 §6.3.1. Unknown names are passed over. */
export async function enable({ io, args }: AuthenticatedCall): Promise<Completion> {
  const enabled: string[] = [];
  do {
    args.sp();
    const name = args.atom().toUpperCase();
    const spelling = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
    if (spelling === undefined || io.enabled.has(name)) continue;
    io.enabled.add(name);
    if (name === "QRESYNC") io.enabled.add("CONDSTORE"); // RFC 7162 §3.2.3
    enabled.push(spelling);
  } while (!args.atEnd());
  io.untagged(["ENABLED", ...enabled].join(" "));
  return ok("ENABLE completed");
}
