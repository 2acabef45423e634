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

/** Composes and signs each message of a claim when its first recipient needs it, and personal ones for every recipient. */
export async function sealClaimed(
  options: SealOptions,
  claimed: readonly ClaimedRecipient[],
): Promise<(recipient: ClaimedRecipient) => Promise<SealedMessage>> {
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
  const sealed = new Map<string, Promise<SealedMessage>>();
  return async (recipient) => {
    const { messageId } = recipient;
    if (isPersonal(recipient.options)) {
      const compose = prepared.get(messageId) ?? prepare(recipient);
      prepared.set(messageId, compose);
      return await seal(recipient, await compose);
    }
    const message = sealed.get(messageId) ?? prepare(recipient).then((compose) => seal(recipient, compose));
    sealed.set(messageId, message);
    return await message;
  };
}
