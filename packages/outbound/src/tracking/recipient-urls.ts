import type { RecipientLink, RecipientLinks } from "@waxwing/seal";
import type { ClaimedRecipient, StoredOptions } from "@waxwing/store";
import type { WriteLink } from "./personal-text.ts";

/** True when a message is another for every recipient, and so has to be composed and signed for each. */
export function isPersonal({ track, unsubscribe }: StoredOptions): boolean {
  return track?.opens === true || track?.clicks !== undefined || unsubscribe !== undefined;
}

/**
 * The URLs of one recipient.
 *
 * @param base where they begin: an origin without the slash at its end, such as `https://links.shop.example`, whose characters need
 *   no escaping in HTML
 */
export function recipientUrls(
  { messageId, ordinal, options }: Pick<ClaimedRecipient, "messageId" | "ordinal" | "options">,
  links: RecipientLinks,
  base: string,
): WriteLink {
  const urlOf = (link: RecipientLink): string => base + links.pathOf(link);
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
    }
  };
}
