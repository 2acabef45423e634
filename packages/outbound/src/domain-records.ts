import type { DkimKey, Domain, StoredRecordVerdict } from "@waxwing/store";
import { trackingHostOf } from "./tracking/link-base.ts";

/** A record that the owner of a domain publishes. */
export interface DomainRecord extends Pick<StoredRecordVerdict, "purpose" | "type" | "name" | "expected"> {
  /** Whether sending suffers without it; the others are for receiving, or advice. */
  readonly required: boolean;
  /** For people. */
  readonly why: string;
}

/**
 * What a domain should publish.
 *
 * @param keys its DKIM keys that are not retired
 * @param hostname our name: in EHLO, in the MX of return paths
 * @param linkHost where links that are tracked lead; null where that has no name
 */
export function domainRecords(
  domain: Pick<Domain, "name" | "returnPathHost">,
  keys: readonly Pick<DkimKey, "selector" | "dnsRecord">[],
  hostname: string,
  linkHost: string | null,
): readonly DomainRecord[] {
  return [
    ...keys.map((key) => ({
      purpose: "dkim" as const,
      type: "TXT" as const,
      name: `${key.selector}._domainkey.${domain.name}`,
      expected: key.dnsRecord,
      required: true,
      why: "Proves that the domain is yours, and lets receivers check the signature of every message (RFC 6376).",
    })),
    {
      purpose: "return-path-mx",
      type: "MX",
      name: domain.returnPathHost,
      expected: `10 ${hostname}`,
      required: true,
      why: "Brings bounces back: they are sent to the return path, which is at this host.",
    },
    {
      purpose: "return-path-spf",
      type: "TXT",
      name: domain.returnPathHost,
      expected: `v=spf1 a:${hostname} ~all`,
      required: true,
      why: `Lets ${hostname} send with this return path (RFC 7208). If mail leaves from other addresses, add them as ip4: or ip6:.`,
    },
    {
      purpose: "dmarc",
      type: "TXT",
      name: `_dmarc.${domain.name}`,
      expected: "v=DMARC1; p=none",
      required: false,
      why: "Tells receivers what to do with forgeries (RFC 7489); large ones ask for it. Begin with p=none, go on to quarantine or reject.",
    },
    {
      purpose: "inbound-mx",
      type: "MX",
      name: domain.name,
      expected: `10 ${hostname}`,
      required: false,
      why: "Only if mail to this domain is to arrive in mailboxes here. It takes the mail from where it arrives now.",
    },
    ...(linkHost === null
      ? []
      : [
          {
            purpose: "tracking" as const,
            type: "CNAME" as const,
            name: trackingHostOf(domain.name),
            expected: linkHost,
            required: false,
            why: `Only for tracking and unsubscribe links, which then lead to your domain. ${linkHost} must have a certificate for this name first.`,
          },
        ]),
  ];
}
