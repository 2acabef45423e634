import { parseDomain, parseMailbox } from "@waxwing/message";
import { type Refusal, refuse } from "@waxwing/protocols";
import type { ReturnPaths } from "@waxwing/seal";
import { type Database, findMailbox, findMessage, findReceivingDomain } from "@waxwing/store";
import { findFirstMailbox } from "./first-mailbox.ts";

/** Whom a forward-path of ours stands for. `address` is the one the client gave, domain in A-labels. */
export type Addressee =
  | {
      readonly kind: "mailbox";
      readonly projectId: string;
      readonly address: string;
      readonly mailboxId: string;
    }
  | TokenAddressee;

/**
 * An address with a token that names a recipient of a message of ours. `mailboxId` is the mailbox the message was sent from, or the
 * project's first one, or null when it has none.
 *
 * - `return-path`: the reverse-path, which only the recipient's side sees;
 * - `reply-address`, `unsubscribe-address`: they stand in the message, so whoever has a copy has them.
 */
export interface TokenAddressee {
  readonly kind: "return-path" | "reply-address" | "unsubscribe-address";
  readonly projectId: string;
  readonly address: string;
  readonly mailboxId: string | null;
  readonly messageId: string;
  readonly ordinal: number;
}

export type AddresseeAnswer = { readonly kind: "ok"; readonly addressee: Addressee } | Refusal;

const relayingDenied = refuse(550, "5.7.1", "Relaying denied: we receive no mail for this domain");
const unknownUser = refuse(550, "5.1.1", "No such mailbox here");

/** What an addressee is found with. */
export interface AddresseeSources {
  readonly db: Database;
  readonly returnPaths: ReturnPaths;
  /** The domain meant by `RCPT TO:<postmaster>` (RFC 5321 §4.5.1). */
  readonly postmasterDomain: string;
}

/**
 * Finds out whom the address of a RCPT TO stands for.
 *
 * @returns the addressee; 550 5.7.1 for a domain that is not ours or not verified (we are no relay); 550 5.1.1 for an unknown
 *   local part, a token with a wrong MAC, or one of a message that the domain's project does not have.
 * @throws when the database is away.
 */
export async function findAddressee(
  sources: AddresseeSources,
  forwardPath: string,
): Promise<AddresseeAnswer> {
  const { db, returnPaths, postmasterDomain } = sources;
  const written = forwardPath.includes("@") ? forwardPath : `${forwardPath}@${postmasterDomain}`;
  const host = parseDomain(written.slice(written.lastIndexOf("@") + 1));
  const domain = host.kind === "domain" ? await findReceivingDomain(db, host.domain) : null;
  if (host.kind === "invalid" || domain === null) return relayingDenied;
  const mailbox = parseMailbox(written);
  if (mailbox.kind === "invalid") return unknownUser;
  const { address } = mailbox;
  const { projectId } = domain;

  const sent = host.domain === domain.returnPathHost ? readToken(returnPaths, mailbox.localPart) : null;
  if (sent !== null) {
    // The MAC proves that the token is ours, not that it is this project's: tokens of all projects share the key.
    const found = await findMessage(db, projectId, sent.messageId);
    if (!found?.recipients.some((recipient) => recipient.ordinal === sent.ordinal)) return unknownUser;
    const sender = found.message.headers.from.address.toLowerCase();
    // Answers are for whoever wrote; reports are for the project.
    const own = sent.kind === "reply-address" ? await findMailbox(db, sender) : null;
    const taker = own?.projectId === projectId ? own : await findFirstMailbox(db, projectId);
    return { kind: "ok", addressee: { ...sent, projectId, address, mailboxId: taker?.id ?? null } };
  }

  const localPart = mailbox.localPart.toLowerCase();
  const exact = host.domain === domain.name ? await findPlusMailbox(db, localPart, domain.name) : null;
  // RFC 5321 §4.5.1: every domain that receives mail has a postmaster.
  const found = exact ?? (localPart === "postmaster" ? await findFirstMailbox(db, projectId) : null);
  // A domain can change hands; a mailbox stays with the project that made it.
  if (found === null || found.projectId !== projectId) return unknownUser;
  return { kind: "ok", addressee: { kind: "mailbox", projectId, address, mailboxId: found.id } };
}

/** The token of an address, whatever it is for; the local part alone decides. */
export function readToken(
  returnPaths: ReturnPaths,
  localPart: string,
): Pick<TokenAddressee, "kind" | "messageId" | "ordinal"> | null {
  const bounced = returnPaths.recipientOf(localPart);
  if (bounced !== null) return { kind: "return-path", ...bounced };
  const answering = returnPaths.replyingRecipientOf(localPart);
  if (answering !== null) return { kind: "reply-address", ...answering };
  const leaving = returnPaths.unsubscribingRecipientOf(localPart);
  return leaving === null ? null : { kind: "unsubscribe-address", ...leaving };
}

/** The mailbox of `inbox@`, or for `inbox+anything@` the one before the plus (RFC 5233), unless the whole is one itself. */
async function findPlusMailbox(
  db: Database,
  localPart: string,
  domain: string,
): Promise<{ readonly id: string; readonly projectId: string } | null> {
  const exact = await findMailbox(db, `${localPart}@${domain}`);
  if (exact !== null) return exact;
  const plus = localPart.indexOf("+");
  return plus > 0 ? await findMailbox(db, `${localPart.slice(0, plus)}@${domain}`) : null;
}
