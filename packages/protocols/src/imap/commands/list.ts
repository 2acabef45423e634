import type { Folder, MailboxSession } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import type { Decoder } from "../decoder.ts";
import { encodeFolderName } from "../encoder.ts";
import { readFolderName, SEPARATOR, writeFolderName } from "../folder-name.ts";
import { buildFolderTree, type ListedFolder } from "../folder-tree.ts";
import { bad } from "../imap-error.ts";
import { type Completion, type ImapIo, ok, speaksUtf8 } from "../imap-session.ts";
import { matchesListPattern } from "../list-pattern.ts";
import { formatStatus, parseStatusItems, type StatusItem } from "../status-items.ts";

/** RFC 9051 §6.3.9: the selection options, and what to return. */
interface ListRequest {
  readonly subscribedOnly: boolean;
  readonly specialUseOnly: boolean;
  readonly recursiveMatch: boolean;
  readonly patterns: readonly string[];
  readonly showSubscribed: boolean;
  readonly status: readonly StatusItem[];
  /** The plain form of RFC 3501, without options. */
  readonly basic: boolean;
}

/** LIST in all its forms: RFC 9051 §6.3.9 with LIST-EXTENDED, SPECIAL-USE and LIST-STATUS. */
export async function list({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  const request = parseRequest(io, args);
  if (request.basic && request.patterns[0] === "") {
    io.untagged(`LIST (\\Noselect) "${SEPARATOR}" ""`); // only the separator is asked for
    return ok("LIST completed");
  }
  for (const folder of buildFolderTree(await session.listFolders())) {
    if (!request.patterns.some((pattern) => matchesListPattern(folder.name, pattern))) continue;
    const chosen = isChosen(request, folder);
    // RFC 5258 §3.1, RECURSIVEMATCH: a parent that is not chosen itself, for the sake of its children.
    const childInfo = request.recursiveMatch && request.subscribedOnly && folder.subscribedBelow;
    if (!chosen && !childInfo) continue;
    const name = writeFolderName(folder.name, speaksUtf8(io));
    const suffix = childInfo ? ' ("CHILDINFO" ("SUBSCRIBED"))' : "";
    io.untagged(
      `LIST (${attributes(request, folder).join(" ")}) "${SEPARATOR}" ${encodeFolderName(name)}${suffix}`,
    );
    if (request.status.length > 0 && folder.folder !== null)
      await reportStatus(io, session, folder.folder, request);
  }
  return ok("LIST completed");
}

async function reportStatus(
  io: ImapIo,
  session: MailboxSession,
  folder: Folder,
  request: ListRequest,
): Promise<void> {
  const status = await session.status(folder.name);
  if (status !== null) io.untagged(formatStatus(io, folder.name, status, request.status));
}

function isChosen(request: ListRequest, listed: ListedFolder): boolean {
  if (request.subscribedOnly && listed.folder?.subscribed !== true) return false;
  return !(request.specialUseOnly && (listed.folder?.specialUse ?? null) === null);
}

function attributes(request: ListRequest, listed: ListedFolder): string[] {
  const list: string[] = [];
  // RFC 9051 §7.3.1: \NonExistent implies \NoSelect; clients of RFC 3501 only know the latter.
  if (listed.folder === null) list.push("\\NonExistent", "\\Noselect");
  if (request.showSubscribed && listed.folder?.subscribed) list.push("\\Subscribed");
  list.push(listed.hasChildren ? "\\HasChildren" : "\\HasNoChildren");
  const use = listed.folder?.specialUse ?? null;
  if (use !== null) list.push(use);
  return list;
}

function parseRequest(io: ImapIo, args: Decoder): ListRequest {
  const selection = new Set<string>();
  const patterns: string[] = [];
  let basic = true;
  let showSubscribed = false;
  let status: StatusItem[] = [];
  args.sp();
  if (args.peek() === "(") {
    basic = false;
    args.list(() => {
      const option = args.keyword();
      if (!["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"].includes(option))
        throw bad("Unknown LIST option");
      selection.add(option);
    });
    args.sp();
  }
  // RFC 5258 §3.1: RECURSIVEMATCH needs an option to be recursive about.
  if (selection.has("RECURSIVEMATCH") && !selection.has("SUBSCRIBED")) throw bad("RECURSIVEMATCH alone");
  const reference = args.astring();
  args.sp();
  if (args.peek() === "(") {
    basic = false;
    args.list(() => patterns.push(args.listPattern()));
  } else patterns.push(args.listPattern());
  if (args.trySp()) {
    if (args.keyword() !== "RETURN") throw bad("Expected RETURN");
    args.sp();
    basic = false;
    args.list(() => {
      const option = args.keyword();
      if (option === "SUBSCRIBED") showSubscribed = true;
      else if (option === "STATUS") {
        args.sp();
        status = parseStatusItems(io, args);
      } else if (option !== "CHILDREN" && option !== "SPECIAL-USE") throw bad("Unknown LIST return option");
    });
  }
  args.end();
  if (patterns.length > 32) throw bad("Too many patterns");
  return {
    subscribedOnly: selection.has("SUBSCRIBED"),
    specialUseOnly: selection.has("SPECIAL-USE"),
    recursiveMatch: selection.has("RECURSIVEMATCH"),
    // A pattern that cannot name a folder matches none.
    patterns: patterns.flatMap((pattern) => {
      if (basic && pattern === "") return [""];
      return readFolderName(reference + pattern, speaksUtf8(io)) ?? [];
    }),
    showSubscribed: showSubscribed || selection.has("SUBSCRIBED"),
    status,
    basic,
  };
}
