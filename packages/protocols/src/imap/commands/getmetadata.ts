import type { AuthenticatedCall } from "../command-row.ts";
import type { Decoder } from "../decoder.ts";
import { encodeFolderName, encodeLiteral, encodeString } from "../encoder.ts";
import { writeFolderName } from "../folder-name.ts";
import { bad, no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { parseEntryName } from "../metadata-entry.ts";

/** What of the entries below those named is wanted too (RFC 5464 §4.2.2). */
type Depth = "0" | "1" | "INFINITY";

/** GETMETADATA (RFC 5464 §4.2); the empty name is the mailbox as a whole. */
export async function getMetadata({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const { maxSizeBytes, depth } = parseOptions(args);
  const name = args.mailbox(speaksUtf8(io));
  args.sp();
  const entries: string[] = [];
  if (args.peek() === "(") args.list(() => entries.push(parseEntryName(args)));
  else entries.push(parseEntryName(args));
  args.end();
  if (entries.length === 0) throw bad("Expected an entry");
  const { metadata } = session;
  if (metadata === undefined) throw no("CANNOT", "Annotations are not kept");
  const kept = await metadata.get(name === "" ? null : name);
  if (kept === null) throw no("NONEXISTENT", "No such mailbox");
  const pieces: (string | Buffer)[] = [];
  let longest = 0;
  for (const [entry, value] of [...kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!entries.some((wanted) => isWanted(entry, wanted, depth))) continue;
    if (maxSizeBytes !== null && value.length > maxSizeBytes) longest = Math.max(longest, value.length);
    else pieces.push(pieces.length === 0 ? "" : " ", `${encodeString(entry)} `, encodeValue(value));
  }
  if (pieces.length > 0) {
    const wireName = encodeFolderName(writeFolderName(name, speaksUtf8(io)));
    io.untagged(`METADATA ${wireName} (`, ...pieces, ")");
  }
  return longest === 0
    ? ok("GETMETADATA completed")
    : ok("Some values are too long", `METADATA LONGENTRIES ${longest}`); // RFC 5464 §4.2.1
}

function parseOptions(args: Decoder): { readonly maxSizeBytes: number | null; readonly depth: Depth } {
  let maxSizeBytes: number | null = null;
  let depth: Depth = "0";
  if (args.peek() !== "(") return { maxSizeBytes, depth };
  args.list(() => {
    const option = args.keyword();
    args.sp();
    if (option === "MAXSIZE") maxSizeBytes = args.number();
    else if (option === "DEPTH") {
      const written = args.keyword();
      if (written !== "0" && written !== "1" && written !== "INFINITY") throw bad("Invalid DEPTH");
      depth = written;
    } else throw bad("Unknown GETMETADATA option");
  });
  args.sp();
  return { maxSizeBytes, depth };
}

function isWanted(entry: string, wanted: string, depth: Depth): boolean {
  if (entry === wanted) return true;
  if (depth === "0" || !entry.startsWith(`${wanted}/`)) return false;
  return depth === "INFINITY" || !entry.slice(wanted.length + 1).includes("/");
}

/** RFC 5464 §5: `value = nstring / literal8`. */
function encodeValue(value: Buffer): string | Buffer {
  const text = value.toString("latin1");
  return /^[\x20-\x7e]{0,200}$/.test(text) ? encodeString(text) : encodeLiteral(value, true);
}
