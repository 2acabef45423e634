import type { Clock } from "@waxwing/runtime";
import type { RecipientLinks, ReturnPaths } from "@waxwing/seal";
import { type ClaimedRecipient, type Database, decodeContent, loadContents } from "@waxwing/store";
import { type Compose, prepareCompose } from "./compose.ts";
import type { RecentContent, RecentContents } from "./recent-contents.ts";
import type { SealedMessage, Signer } from "./sign.ts";
import { standingOrder } from "./standing-orders.ts";
import type { LinkBases } from "./tracking/link-base.ts";
import { isPersonal, recipientUrls } from "./tracking/recipient-urls.ts";

/** What composing and signing needs. */
interface SealOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly sign: Signer;
  readonly recentContents?: RecentContents | null;
  readonly returnPaths: ReturnPaths;
  readonly recipientLinks: RecipientLinks;
  readonly linkBaseOf: LinkBases;
}

/** The messages of a claim: each is composed and signed once, and personal ones once for every recipient. */
export interface SealedClaim {
  /** @throws when the message cannot be composed or signed */
  readonly seal: (recipient: ClaimedRecipient) => Promise<SealedMessage>;
  /** Begins what `seal` will be asked for soon, so that it need not be waited for. Large messages are left: several would fill the memory. */
  readonly sealAhead: (recipient: ClaimedRecipient) => void;
}

/** As it is stored, compressed. */
const LARGE_BYTES = 256 * 1024;

/** Reads the contents of a claim, those that are not in memory, for composing and signing its messages. */
export async function sealClaimed(
  options: SealOptions,
  claimed: readonly ClaimedRecipient[],
): Promise<SealedClaim> {
  const nowMs = options.clock.now();
  const wanted = claimed.filter((recipient) => standingOrder(recipient, nowMs) === null);
  const recent = new Map<ClaimedRecipient, RecentContent>();
  const stored = wanted.filter((recipient) => {
    const content = options.recentContents?.find(recipient.contentHash) ?? null;
    if (content !== null) recent.set(recipient, content);
    return content === null;
  });
  const contents = stored.length === 0 ? new Map<string, Buffer>() : await loadContents(options.db, stored);
  const prepare = async (recipient: ClaimedRecipient): Promise<Compose> => {
    const known = recent.get(recipient);
    if (known !== undefined) return prepareCompose(recipient, known);
    const zstd = contents.get(recipient.contentHash.toString("hex"));
    if (zstd === undefined) throw new Error(`the content of message ${recipient.messageId} is gone`);
    return prepareCompose(recipient, await decodeContent(zstd));
  };
  const seal = async (recipient: ClaimedRecipient, compose: Compose): Promise<SealedMessage> => {
    const back = isPersonal(recipient.options)
      ? await options.linkBaseOf(recipient.domainId)
      : { linkBase: "", bounceHost: "" };
    const write = recipientUrls(recipient, options, back);
    return await options.sign(recipient.domainId, compose(write));
  };
  const prepared = new Map<string, Promise<Compose>>();
  const sealPersonal = async (recipient: ClaimedRecipient): Promise<SealedMessage> => {
    const compose = prepared.get(recipient.messageId) ?? prepare(recipient);
    prepared.set(recipient.messageId, compose);
    return await seal(recipient, await compose);
  };
  const sealShared = async (recipient: ClaimedRecipient): Promise<SealedMessage> =>
    await seal(recipient, await prepare(recipient));

  const keyOf = ({ messageId, ordinal, options }: ClaimedRecipient): string =>
    isPersonal(options) ? `${messageId}.${ordinal}` : messageId;
  /** How often each will be asked for; then it is let go: a claim of large messages must not be kept to its end. */
  const uses = new Map<string, number>();
  for (const recipient of wanted) uses.set(keyOf(recipient), (uses.get(keyOf(recipient)) ?? 0) + 1);
  const sealed = new Map<string, Promise<SealedMessage>>();
  const begin = (recipient: ClaimedRecipient): Promise<SealedMessage> => {
    const key = keyOf(recipient);
    const known = sealed.get(key);
    if (known !== undefined) return known;
    const message = isPersonal(recipient.options) ? sealPersonal(recipient) : sealShared(recipient);
    sealed.set(key, message);
    return message;
  };
  return {
    seal: (recipient) => {
      const message = begin(recipient);
      const key = keyOf(recipient);
      const left = (uses.get(key) ?? 1) - 1;
      uses.set(key, left);
      if (left <= 0) sealed.delete(key);
      return message;
    },
    sealAhead: (recipient) => {
      if ((uses.get(keyOf(recipient)) ?? 0) === 0) return;
      if ((contents.get(recipient.contentHash.toString("hex"))?.length ?? 0) > LARGE_BYTES) return;
      begin(recipient).catch(() => undefined);
    },
  };
}
