import type { EnvelopeAddress, FolderId, MailboxSession, MessageRow } from "../mailbox-session.ts";
import { baseSubject } from "./base-subject.ts";
import { collationKey, readableText } from "./search-text.ts";
import { sentDateMs } from "./sent-date.ts";
import type { SortCriterion } from "./sort-program.ts";

/** `MailboxSession.sort` for a backend without one (RFC 5256 §3): fetches what the criteria look at, and no bodies. */
export async function sortByFetch(
  session: Pick<MailboxSession, "fetch">,
  folder: FolderId,
  order: readonly SortCriterion[],
  uids: readonly number[],
): Promise<readonly number[]> {
  const envelope = order.some(({ key }) => key !== "ARRIVAL" && key !== "SIZE");
  const wanted = { envelope, bodyStructure: false, raw: "none" } as const;
  const rows: { readonly uid: number; readonly values: readonly (number | string)[] }[] = [];
  for await (const batch of session.fetch(folder, uids, wanted)) {
    for (const row of batch) rows.push({ uid: row.uid, values: order.map(({ key }) => sortValue(row, key)) });
  }
  rows.sort((a, b) => {
    for (const [index, { reverse }] of order.entries()) {
      const left = a.values[index] ?? "";
      const right = b.values[index] ?? "";
      if (left !== right) return left < right === reverse ? 1 : -1;
    }
    // RFC 5256 §3: in the end by sequence number, never reversed.
    return a.uid - b.uid;
  });
  return rows.map((row) => row.uid);
}

function sortValue(row: MessageRow, key: SortCriterion["key"]): number | string {
  const { envelope } = row;
  switch (key) {
    case "ARRIVAL":
      return row.internalDate.getTime();
    case "SIZE":
      return row.sizeBytes;
    case "DATE":
      return sentDateMs(envelope?.date, row.internalDate);
    case "SUBJECT":
      return baseSubject(envelope?.subject ?? null).base;
    case "FROM":
      return mailboxOf(envelope?.from);
    case "TO":
      return mailboxOf(envelope?.to);
    case "CC":
      return mailboxOf(envelope?.cc);
    case "DISPLAYFROM":
      return displayOf(envelope?.from);
    case "DISPLAYTO":
      return displayOf(envelope?.to);
  }
}

/** The local part of the first address (RFC 5256 §3). */
function mailboxOf(addresses: readonly EnvelopeAddress[] | null | undefined): string {
  return collationKey(addresses?.[0]?.mailbox ?? "");
}

/** The name of the first address, or else the address (RFC 5957 §3). */
function displayOf(addresses: readonly EnvelopeAddress[] | null | undefined): string {
  const [first] = addresses ?? [];
  if (first === undefined) return "";
  const name = readableText(first.name ?? "").trim();
  return collationKey(name === "" ? `${first.mailbox ?? ""}@${first.host ?? ""}` : name);
}
