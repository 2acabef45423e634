import { parseDomain, parseMailbox } from "@waxwing/message";
import { type Refusal, refuse } from "@waxwing/protocols";
import type { ReturnPaths, SenderRewriting } from "@waxwing/seal";
import {
  type Database,
  findMailbox,
  findMessage,
  type InboundRoute,
  listInboundRoutes,
  type Receiver,
  type ReceiverQuestion,
  type ReceivingDomain,
  type ReceivingMailbox,
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
  readonly domain: Pick<ReceivingDomain, "id" | "name" | "returnPathHost" | "dmarcFailures">;
}

/** Whom a forward-path of ours stands for. */
export type Addressee =
  | (OfDomain & { readonly kind: "mailbox"; readonly mailboxId: string; readonly hasQuota: boolean })
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
  /** See `createReceiverFinder`. */
  readonly findReceiver: (question: ReceiverQuestion) => Promise<Receiver | null>;
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
  if (host.kind === "invalid") return relayingDenied;
  const mailbox = parseMailbox(written);
  const named = mailbox.kind === "invalid" ? [] : plusAddresses(mailbox.localPart.toLowerCase(), host.domain);
  const receiver = await sources.findReceiver({ host: host.domain, addresses: named });
  if (receiver === null) return relayingDenied;
  if (mailbox.kind === "invalid") return unknownUser;
  const { domain } = receiver;
  const { projectId } = domain;
  const address = { projectId, address: mailbox.address, domain };
  if (host.domain === domain.returnPathHost) {
    const signed = await findSigned(sources, question, address, mailbox.localPart);
    if (signed !== null) return signed;
  }

  const localPart = mailbox.localPart.toLowerCase();
  const isOwn = host.domain === domain.name;
  const routes = isOwn && domain.hasRoutes ? await listInboundRoutes(db, projectId) : [];
  const route = routes.find(
    ({ enabled, pattern }) => enabled && takesAddress(pattern, { localPart, domain: domain.name }),
  );
  const taker = receiver.mailbox ?? (await findOtherTaker(db, domain, localPart, isOwn));
  // A domain can change hands; a mailbox stays with the project that made it.
  const own = taker?.projectId === projectId ? taker : null;
  if (route !== undefined) return await routed(db, route, { ...address, mailboxId: own?.id ?? null });
  if (own === null) return unknownUser;
  return ok({ kind: "mailbox", ...address, mailboxId: own.id, hasQuota: own.hasQuota });
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

/** Who takes what is for no mailbox by name. */
async function findOtherTaker(
  db: Database,
  domain: ReceivingDomain,
  localPart: string,
  isOwn: boolean,
): Promise<ReceivingMailbox | null> {
  // RFC 5321 §4.5.1: every domain that receives mail has a postmaster.
  const postmaster = localPart === "postmaster" ? await findFirstMailbox(db, domain.projectId) : null;
  const found =
    postmaster ?? (isOwn && domain.catchAll !== null ? await findMailbox(db, domain.catchAll) : null);
  if (found === null) return null;
  const { id, projectId, quotaBytes, quotaMessages } = found;
  return { id, projectId, hasQuota: quotaBytes !== null || quotaMessages !== null };
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

/** `inbox@`, and for `inbox+anything@` behind it what stands before the plus (RFC 5233): the whole may be a mailbox itself. */
function plusAddresses(localPart: string, domain: string): readonly string[] {
  const plus = localPart.indexOf("+");
  const whole = `${localPart}@${domain}`;
  return plus > 0 ? [whole, `${localPart.slice(0, plus)}@${domain}`] : [whole];
}
