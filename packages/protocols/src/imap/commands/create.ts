import type { SpecialUse } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import { canonicalFolderName, isCreatableName } from "../folder-name.ts";
import { bad, no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { SPECIAL_USES } from "../special-use.ts";

/** RFC 9051 §6.3.4, with USE of RFC 6154 §3. */
export async function create({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  // RFC 9051 §6.3.4: a trailing separator only announces inferior folders.
  const name = canonicalFolderName(args.mailbox(speaksUtf8(io)).replace(/\/$/, ""));
  let specialUse: SpecialUse | null = null;
  if (args.trySp()) {
    args.list(() => {
      if (args.keyword() !== "USE") throw bad("Unknown CREATE parameter");
      args.sp();
      args.list(() => {
        args.char("\\");
        const word = `\\${args.atom()}`.toLowerCase();
        const use = SPECIAL_USES.find((one) => one.toLowerCase() === word);
        if (use === undefined || specialUse !== null)
          throw no("USEATTR", "That special use is not supported");
        specialUse = use;
      });
    });
  }
  args.end();
  if (!isCreatableName(name)) throw no("CANNOT", "Not a valid mailbox name");
  if (name === "INBOX") throw no("ALREADYEXISTS", "INBOX always exists");
  const result = await session.createFolder(name, specialUse);
  switch (result.kind) {
    case "ok":
      return ok("CREATE completed", `MAILBOXID (${result.id})`); // RFC 8474 §4.1
    case "exists":
      throw no("ALREADYEXISTS", "Mailbox already exists");
    case "cannot":
      throw no(specialUse === null ? "CANNOT" : "USEATTR", result.reason);
  }
}
