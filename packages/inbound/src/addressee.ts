import { parseDomain, parseMailbox } from "@waxwing/message";
import { type Refusal, refuse } from "@waxwing/protocols";
import type { ReturnPaths, SenderRewriting } from "@waxwing/seal";
import {
  type Database,
  type Domain,
  findMailbox,
  findMessage,
  findReceivingDomain,
  type InboundRoute,
  listInboundRoutes,
  type RecipientRef,
} from "@waxwing/store";
import { findFirstMailbox } from "./first-mailbox.ts";
import { takesAddress } from "./route-pattern.ts";

interface OfDomain {
  readonly projectId: string;
  /** As the client gave it, the domain in A-labels. */
  readonly address: string;
  /** The mailbox that gets a copy; null: none. */
  readonly mailboxId: string | null;
  /** The domain of ours that the address belongs to. */
  readonly domain: Pick<Domain, "id" | "name" | "returnPathHost" | "dmarcFailures">;
}

/** Whom a forward-path of ours stands for. */
export type Addressee =
  | (OfDomain & { readonly kind: "mailbox"; readonly mailboxId: string })
  | TokenAddressee
  /** An inbound route takes it. */
  | (OfDomain & { readonly kind: "routed"; readonly route: InboundRoute })
  /** The rewritten sender of mail that we have forwarded: a bounce, to be passed on to `sender`. */
  | (OfDomain & { readonly kind: "rewritten-sender"; readonly sender: string });

/**
 * An address with a token that names a recipient of a message of ours. `mailboxId` is for answers the mailbox that the message was sent
 * from, otherwise the project's first one.
 *
 * - `return-path`: the reverse-path, which only the recipient's side sees;
 * - `reply-address`, `unsubscribe-address`: they stand in the message, so whoever has a copy has them.
 */
export interface TokenAddressee extends OfDomain, RecipientRef {
  readonly kind: "return-path" | "reply-address" | "unsubscribe-address";
}

export type AddresseeAnswer = { readonly kind: "ok"; readonly addressee: Addressee } | Refusal;

const relayingDenied = refuse(550, "5.7.1", "Relaying denied: we receive no mail for this domain");
const unknownUser = refuse(550, "5.1.1", "No such mailbox here");
const bouncesOnly = refuse(550, "5.7.1", "This address takes delivery reports only, with the null sender");

/** What an addressee is found with. */
export interface AddresseeSources {
  readonly db: Database;
  readonly returnPaths: ReturnPaths;
  readonly senderRewriting: SenderRewriting;
  /** The domain meant by `RCPT TO:<postmaster>` (RFC 5321 §4.5.1). */
  readonly postmasterDomain: string;
}

/** What the envelope says beside the address. */
export interface AddresseeQuestion {
  readonly forwardPath: string;
  readonly isNullSender: boolean;
  readonly nowMs: number;
}

/**
 * Finds out whom the address of a RCPT TO stands for: signed addresses at the return-path host; then the project's inbound routes,
 * the first that takes it; then mailboxes, of the whole local part and of what stands before a plus; postmaster; the catch-all.
 *
 * @returns the addressee; 550 5.7.1 for a domain that is not ours or not verified (we are no relay); 550 5.1.1 for an unknown
 *   local part, a token with a wrong MAC, or one of a message that the domain's project does not have.
 * @throws when the database is away.
 */
export async function findAddressee(
  sources: AddresseeSources,
  question: AddresseeQuestion,
): Promise<AddresseeAnswer> {
  const { db, postmasterDomain } = sources;
  const { forwardPath } = question;
  const written = forwardPath.includes("@") ? forwardPath : `${forwardPath}@${postmasterDomain}`;
  const host = parseDomain(written.slice(written.lastIndexOf("@") + 1));
  const domain = host.kind === "domain" ? await findReceivingDomain(db, host.domain) : null;
  if (host.kind === "invalid" || domain === null) return relayingDenied;
  const mailbox = parseMailbox(written);
  if (mailbox.kind === "invalid") return unknownUser;
  const { projectId } = domain;
  const address = { projectId, address: mailbox.address, domain };
  if (host.domain === domain.returnPathHost) {
    const signed = await findSigned(sources, question, address, mailbox.localPart);
    if (signed !== null) return signed;
  }

  const localPart = mailbox.localPart.toLowerCase();
  const isOwn = host.domain === domain.name;
  const routes = isOwn ? await listInboundRoutes(db, projectId) : [];
  const route = routes.find(
    ({ enabled, pattern }) => enabled && takesAddress(pattern, { localPart, domain: domain.name }),
  );
  const mailboxId = await findMailboxFor(db, domain, localPart, isOwn);
  if (route !== undefined) return await routed(db, route, { ...address, mailboxId });
  return mailboxId === null ? unknownUser : ok({ kind: "mailbox", ...address, mailboxId });
}

const ok = (addressee: Addressee): AddresseeAnswer => ({ kind: "ok", addressee });

/** The addresses that we have made ourselves; null: it is none of them. */
async function findSigned(
  sources: AddresseeSources,
  { isNullSender, nowMs }: AddresseeQuestion,
  address: Omit<OfDomain, "mailboxId">,
  localPart: string,
): Promise<AddresseeAnswer | null> {
  const { db, returnPaths, senderRewriting } = sources;
  const token = readToken(returnPaths, localPart);
  if (token !== null) {
    // The MAC proves that a token is ours, not that it is this project's: tokens of all projects share the key.
    const found = await findMessage(db, address.projectId, token.messageId);
    if (!found?.recipients.some(({ ordinal }) => ordinal === token.ordinal)) return unknownUser;
    // Answers are for whoever wrote; reports are for the project.
    const sentFrom = found.message.headers.from.address.toLowerCase();
    const own = token.kind === "reply-address" ? await findMailbox(db, sentFrom) : null;
    const taker = own?.projectId === address.projectId ? own : await findFirstMailbox(db, address.projectId);
    return ok({ ...token, ...address, mailboxId: taker?.id ?? null });
  }
  const sender = senderRewriting.restore(localPart, nowMs);
  if (sender === null) return null;
  // Attack: who has seen such an address could otherwise send his mail through us to the sender it names.
  return isNullSender ? ok({ kind: "rewritten-sender", ...address, mailboxId: null, sender }) : bouncesOnly;
}

/** A route with nothing left to do, because the mailbox it names is gone, takes no mail. */
async function routed(db: Database, route: InboundRoute, address: OfDomain): Promise<AddresseeAnswer> {
  const filing = route.actions.find((action) => action.kind === "mailbox");
  const named =
    filing === undefined || filing.address === null ? null : await findMailbox(db, filing.address);
  const mailboxId =
    filing === undefined
      ? null
      : filing.address === null
        ? address.mailboxId
        : named?.projectId === address.projectId
          ? named.id
          : null;
  if (mailboxId === null && route.actions.every(({ kind }) => kind === "mailbox")) return unknownUser;
  return ok({ kind: "routed", ...address, mailboxId, route });
}

async function findMailboxFor(
  db: Database,
  domain: Domain,
  localPart: string,
  isOwn: boolean,
): Promise<string | null> {
  const { projectId } = domain;
  const exact = isOwn ? await findPlusMailbox(db, localPart, domain.name) : null;
  // RFC 5321 §4.5.1: every domain that receives mail has a postmaster.
  const found =
    exact ??
    (localPart === "postmaster" ? await findFirstMailbox(db, projectId) : null) ??
    (isOwn && domain.catchAll !== null ? await findMailbox(db, domain.catchAll) : null);
  // A domain can change hands; a mailbox stays with the project that made it.
  return found?.projectId === projectId ? found.id : null;
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
