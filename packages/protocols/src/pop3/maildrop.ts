import type { MailboxSession, Proof } from "../mailbox-session.ts";
import { interruptWhenRevoked } from "../wire/revocation.ts";
import type { LoginDelay } from "./login-delay.ts";
import { type Drop, type Maildrop, type Pop3Io, Pop3Refusal, type Pop3Reply } from "./pop3-session.ts";

/** The keyword of messages that POP3 has deleted in a mailbox that keeps them. */
const HIDDEN = "$Pop3Deleted";

/** Logs in, locks INBOX and enters the transaction state. RFC 1939 §4: all of it succeeds or none. */
export async function enterMaildrop(io: Pop3Io, who: Proof): Promise<Pop3Reply> {
  const { connection, limits } = io;
  const { remoteAddress } = connection;
  const result = await io.options.backend.authenticate({
    ...who,
    service: "pop3",
    remoteAddress,
    encrypted: connection.encrypted(),
  });
  switch (result.kind) {
    case "unavailable":
      throw new Pop3Refusal("[SYS/TEMP] Log in again later"); // RFC 3206 §4
    case "refused":
      io.report({ kind: "login-refused", remoteAddress, username: who.username.slice(0, 256) });
      io.authFailures += 1;
      return {
        status: "-ERR",
        text: "[AUTH] Invalid user name or password", // RFC 3206 §5
        afterwards: async () => (io.authFailures >= limits.maxAuthFailures ? "end" : "continue"),
      };
    case "ok":
      try {
        const maildrop = await lockInbox(result.session, io.options.loginDelay);
        io.phase = { kind: "transaction", maildrop };
        interruptWhenRevoked(io, result.session);
        return { status: "+OK", text: `${maildrop.drops.length} messages` };
      } catch (error) {
        await result.session.close();
        throw error;
      }
  }
}

async function lockInbox(session: MailboxSession, loginDelay?: LoginDelay): Promise<Maildrop> {
  const inbox = await session.open("INBOX");
  if (inbox === null) throw new Pop3Refusal("[SYS/PERM] There is no INBOX");
  if (loginDelay?.isOver(inbox.id) === false) {
    throw new Pop3Refusal(`[LOGIN-DELAY] Log in once in ${loginDelay.seconds} seconds`); // RFC 2449 §8.1.1
  }
  const unlock = await session.lock(inbox.id);
  if (unlock === null) throw new Pop3Refusal("[IN-USE] Another session has this mailbox"); // RFC 2449 §8.1.1
  try {
    // The list is read under the lock: what another POP3 session has just removed is not in it.
    const current = await session.open("INBOX");
    const uids = Array.from((current ?? inbox).uids);
    const drops: Drop[] = [];
    const wanted = { envelope: false, bodyStructure: false, raw: "none" } as const;
    for await (const rows of session.fetch(inbox.id, uids, wanted)) {
      for (const { uid, flags, sizeBytes } of rows) {
        if (flags.some((flag) => flag.toLowerCase() === HIDDEN.toLowerCase())) continue;
        drops.push({ uid, sizeBytes, deleted: false });
      }
    }
    loginDelay?.begin(inbox.id);
    return { session, folder: inbox.id, uidValidity: inbox.uidValidity, drops, unlock };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** The message with that number; refuses numbers that do not exist or are marked as deleted. */
export function dropAt(
  maildrop: Maildrop,
  text: string | undefined,
): { readonly number: number; readonly drop: Drop } {
  const number = text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  const drop = maildrop.drops[number - 1];
  if (drop === undefined || drop.deleted) throw new Pop3Refusal("No such message");
  return { number, drop };
}

/** The octets of a message. */
export async function loadDrop(maildrop: Maildrop, drop: Drop): Promise<Buffer> {
  const wanted = { envelope: false, bodyStructure: false, raw: "full" } as const;
  for await (const [row] of maildrop.session.fetch(maildrop.folder, [drop.uid], wanted)) {
    if (row?.raw !== undefined) return row.raw;
  }
  // An IMAP session has expunged it meanwhile: the lock binds POP3 sessions only.
  throw new Pop3Refusal("[SYS/TEMP] The message is no longer there");
}

/** The UPDATE state (RFC 1939 §6): removes what is marked, or hides it where the mailbox keeps its mail. */
export async function updateMaildrop({ session, folder, drops }: Maildrop): Promise<void> {
  const uids = drops.filter((drop) => drop.deleted).map((drop) => drop.uid);
  if (uids.length === 0) return;
  switch (session.maildrop?.deletion ?? "remove") {
    case "remove":
      await session.expunge(folder, { kind: "uids", uids });
      return;
    case "hide":
      await session.storeFlags(folder, uids, { mode: "add", flags: [HIDDEN], unchangedSince: null });
  }
}

/** Messages not marked as deleted, with their numbers. */
export function remaining(maildrop: Maildrop): { readonly number: number; readonly drop: Drop }[] {
  return maildrop.drops.flatMap((drop, index) => (drop.deleted ? [] : [{ number: index + 1, drop }]));
}

/** Gives lock and session back; the deletions marked are forgotten. */
export async function leaveMaildrop(io: Pop3Io): Promise<void> {
  if (io.phase.kind !== "transaction") return;
  const { maildrop } = io.phase;
  io.phase = { kind: "authorization" };
  try {
    await maildrop.unlock();
  } finally {
    await maildrop.session.close();
  }
}
