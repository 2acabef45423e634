import { type MailboxSession, type SearchKey, searchByFetch } from "@waxwing/protocols";

/**
 * `MailboxSession.search` over the stored rows, in the bounded steps of `fetch`; bytes are read only of messages that
 * nothing else decides. The Date field is in the stored envelope, so that SENTBEFORE and the like read no bytes at all.
 */
export function searchMail(
  session: Pick<MailboxSession, "fetch">,
  folder: string,
  key: SearchKey,
  candidates: readonly number[],
): Promise<readonly number[]> {
  const envelope = asksForSentDate(key);
  return searchByFetch(
    {
      fetch: (id, uids, wanted) =>
        session.fetch(id, uids, wanted.raw === "none" ? { ...wanted, envelope } : wanted),
    },
    folder,
    key,
    candidates,
  );
}

function asksForSentDate(key: SearchKey): boolean {
  switch (key.kind) {
    case "sent-date":
      return true;
    case "not":
      return asksForSentDate(key.key);
    case "or":
      return asksForSentDate(key.left) || asksForSentDate(key.right);
    case "and":
      return key.keys.some(asksForSentDate);
    default:
      return false;
  }
}
