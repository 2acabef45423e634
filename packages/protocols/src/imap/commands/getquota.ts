import type { MailboxQuota } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import { encodeFolderName } from "../encoder.ts";
import { writeFolderName } from "../folder-name.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";

/** The one quota root: all folders of a mailbox together. */
const ROOT = '""';

/** GETQUOTA (RFC 9208 §4.1.1). */
export async function getQuota({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const root = args.astring();
  args.end();
  const resources = resourcesOf(await session.quota());
  if (root !== "" || resources === null) throw no("NONEXISTENT", "No such quota root");
  io.untagged(`QUOTA ${ROOT} (${resources})`);
  return ok("GETQUOTA completed");
}

/** GETQUOTAROOT (RFC 9208 §4.1.2). A mailbox without limits has no root. */
export async function getQuotaRoot({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const name = args.mailbox(speaksUtf8(io));
  args.end();
  const folders = await session.listFolders();
  if (!folders.some((folder) => folder.name === name)) throw no("NONEXISTENT", "No such mailbox");
  const resources = resourcesOf(await session.quota());
  const wireName = encodeFolderName(writeFolderName(name, speaksUtf8(io)));
  io.untagged(`QUOTAROOT ${wireName}${resources === null ? "" : ` ${ROOT}`}`);
  if (resources !== null) io.untagged(`QUOTA ${ROOT} (${resources})`);
  return ok("GETQUOTAROOT completed");
}

/** SETQUOTA (RFC 9208 §4.1.3) is the administrator's matter; QUOTASET is not offered. */
export async function setQuota(): Promise<Completion> {
  throw no("NOPERM", "Quotas are set by the administrator");
}

/** `STORAGE used limit MESSAGE used limit`, those that are limited (RFC 9208 §5.1: STORAGE in units of 1,024 octets); null for none. */
function resourcesOf({ bytes, messages }: MailboxQuota): string | null {
  const shown: string[] = [];
  if (bytes.limit !== null) {
    shown.push(`STORAGE ${Math.ceil(bytes.used / 1024)} ${Math.floor(bytes.limit / 1024)}`);
  }
  if (messages.limit !== null) shown.push(`MESSAGE ${messages.used} ${messages.limit}`);
  return shown.length === 0 ? null : shown.join(" ");
}
