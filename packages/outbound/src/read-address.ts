import { parseMailbox } from "@waxwing/message";

/** An address alone, lower case, its domain in A-labels; or what is wrong with it. */
export type AddressReading =
  | { readonly kind: "address"; readonly address: string; readonly domain: string }
  | { readonly kind: "invalid"; readonly reason: string };

/** Reads an address without a name, as suppressions and mailboxes are kept under. */
export function readAddress(text: string): AddressReading {
  const mailbox = parseMailbox(text);
  if (mailbox.kind === "invalid") return { kind: "invalid", reason: mailbox.reason };
  if (mailbox.name !== undefined || text.includes("<")) {
    return { kind: "invalid", reason: "must be the address alone, without a name" };
  }
  return { kind: "address", address: mailbox.address.toLowerCase(), domain: mailbox.domain };
}
