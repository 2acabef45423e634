import type { RecipientLink, RecipientLinks, ReturnPaths } from "@waxwing/seal";
import type { ClaimedRecipient, StoredOptions } from "@waxwing/store";
import type { WaysBack } from "./link-base.ts";
import type { WriteLink } from "./personal-text.ts";

/** True when a message is another for every recipient, and so has to be composed and signed for each. */
export function isPersonal({ track, unsubscribe }: StoredOptions): boolean {
  return (
    track?.opens === true ||
    track?.clicks !== undefined ||
    track?.replies === true ||
    unsubscribe !== undefined
  );
}

/**
 * The URLs and addresses of one recipient.
 *
 * @param back where they lead; the characters of its origin, such as `https://links.shop.example`, need no escaping in HTML
 */
export function recipientUrls(
  { messageId, ordinal, options }: Pick<ClaimedRecipient, "messageId" | "ordinal" | "options">,
  tokens: { readonly recipientLinks: RecipientLinks; readonly returnPaths: ReturnPaths },
  back: WaysBack,
): WriteLink {
  const urlOf = (link: RecipientLink): string => back.linkBase + tokens.recipientLinks.pathOf(link);
  const recipient = { messageId, ordinal };
  return (link) => {
    switch (link.kind) {
      case "pixel":
        return urlOf({ kind: "open", messageId, ordinal });
      case "click":
        return urlOf({ kind: "click", messageId, ordinal, url: link.url });
      case "group":
        return urlOf({ kind: "unsubscribe", messageId, ordinal, group: options.unsubscribe?.group ?? 0 });
      case "global":
        return urlOf({ kind: "unsubscribe", messageId, ordinal, group: 0 });
      case "preferences":
        return urlOf({ kind: "preferences", messageId, ordinal });
      case "reply-address":
        return tokens.returnPaths.replyAddressFor(recipient, back.bounceHost);
      case "unsubscribe-address":
        return tokens.returnPaths.unsubscribeAddressFor(recipient, back.bounceHost);
    }
  };
}
