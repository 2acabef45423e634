import type { RuleSet } from "./reply-rule.ts";

const OUTLOOK_COM = "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting";
const EXCHANGE_SERVER =
  "https://learn.microsoft.com/en-us/exchange/mail-flow/non-delivery-reports-and-bounce-messages/non-delivery-reports-and-bounce-messages";

/** Outlook.com (Hotmail, Live, MSN), Exchange Online and Exchange Server. */
export const MICROSOFT: RuleSet = {
  name: "microsoft",
  source:
    "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online",
  rules: [
    {
      name: "network-listed",
      says: /part of their network is on our block list|\(s31[45]\d\)/,
      class: "blocklisted",
      source: OUTLOOK_COM,
    },
    {
      name: "rate-by-reputation",
      says: "temporarily rate limited due to ip reputation",
      class: "rate-limited",
      source: OUTLOOK_COM,
    },
    {
      name: "rp-rate",
      says: /\(rp-00\d\)|exceeded the rate and connection limits|mail server \[.{1,45}\] has exceeded/,
      class: "rate-limited",
      source: OUTLOOK_COM,
    },
    { name: "sc-policy", says: /\bsc-00\d\b/, class: "reputation", source: OUTLOOK_COM },
    { name: "dy-dynamic", says: /\bdy-00\d\b/, class: "blocklisted", source: OUTLOOK_COM },
    { name: "ou-open-proxy", says: /\bou-00\d\b/, class: "blocklisted", source: OUTLOOK_COM },
    {
      name: "unavailable-by-reputation",
      says: /mailbox unavailable \(s\d{6,}\)/,
      class: "reputation",
      source: OUTLOOK_COM,
    },
    {
      name: "hotmail-no-such-user",
      status: "5.0",
      says: "requested action not taken: mailbox unavailable",
      class: "invalid-recipient",
      source: OUTLOOK_COM,
    },
    {
      name: "not-found",
      says: /resolver\.adr\.(?:ex)?recip(?:ient)?notfound|resolver\.adr\.invalidinex/,
      class: "invalid-recipient",
    },
    // Directory-based edge blocking: the tenant knows no such address.
    {
      name: "edge-blocked",
      status: "4.1",
      says: "recipient address rejected: access denied",
      class: "invalid-recipient",
    },
    { name: "edge-blocked-201806281", says: "as(201806281)", class: "invalid-recipient" },
    { name: "ambiguous", says: "resolver.adr.ambiguous", class: "misconfigured" },
    {
      name: "restricted",
      says: /resolver\.rst\.(?:authrequired|notauthorized|restrictedtorecipientspermission)|permission to send to (?:the|this) recipient/,
      class: "sender-blocked",
    },
    { name: "restricted-group", status: /^5\.7\.1(?:2[49]|3[3-6])$/, class: "sender-blocked" },
    { name: "size-limit", says: /resolver\.rst\.(?:recip|send)sizelimit/, class: "too-large" },
    {
      name: "quota",
      says: /storedrv\.deliver.{0,40}(?:quota|mailbox ?full)|quotaexceededexception|mailboxquotaexceeded/,
      class: "mailbox-full",
    },
    {
      name: "account-disabled",
      says: /accountdisabledexception|mailboxdisabled|storedrv\.deliver.{0,40}disabled/,
      class: "inactive-mailbox",
    },
    {
      name: "thread-limit",
      says: "recipient thread limit exceeded",
      class: "rate-limited",
      scope: "recipient",
    },
    {
      name: "concurrent-connections",
      says: /number of concurrent (?:server )?connections has exceeded/,
      class: "too-many-connections",
      source: EXCHANGE_SERVER,
    },
    { name: "server-busy", status: /^4\.7\.(?:5\d\d|[67]\d\d)$/, says: "server busy", class: "rate-limited" },
    { name: "suspicious-for-now", status: /^4\.7\.(?:[56]\d\d|8[5-9]\d)$/, class: "reputation" },
    { name: "banned-ip", status: /^5\.7\.6(?:0[6-9]|[1-4]\d)$/, class: "reputation" },
    { name: "spam-abuse", status: /^5\.7\.50[1-4]$/, class: "reputation" },
    { name: "banned-recipient", status: "7.505", class: "sender-blocked" },
    { name: "bad-helo", status: "7.506", class: "host-identity" },
    { name: "rejected-by-recipient", status: "7.507", class: "sender-blocked" },
    { name: "daily-rate", status: "7.508", class: "rate-limited" },
    { name: "dmarc", status: "7.509", class: "authentication-failed" },
    { name: "no-ipv6", status: "7.510", class: "policy", scope: "site" },
    { name: "banned-sender", status: "7.511", class: "reputation" },
    { name: "not-rfc-5322", status: "7.512", class: "malformed-message" },
    {
      name: "customer-block-list",
      says: /using customer block list|blocked by organization using/,
      class: "sender-blocked",
    },
    { name: "authentication-level", status: "7.515", class: "authentication-failed" },
    {
      name: "relay",
      says: /tenantattribution; relay access denied|tenantinboundattribution/,
      class: "misconfigured",
    },
    { name: "traffic-not-accepted", status: "7.708", class: "reputation" },
    { name: "tenant-limit", status: /^5\.7\.7(?:0[0-57]|[1-4]\d|50)$/, class: "rate-limited" },
    {
      name: "must-authenticate",
      says: "must pass either spf or dkim validation",
      class: "authentication-failed",
    },
    { name: "no-ptr", says: "must have a reverse dns record", class: "host-identity" },
    {
      name: "spoofed",
      says: /anti-?spoof(?:ing)? .{0,40}(?:rejected|violation)|sender policy framework violation/,
      class: "authentication-failed",
    },
    {
      name: "proxy-error",
      says: /temporary server error\. please try again later\.? (?:attr|prx)\d*/,
      class: "system-unavailable",
    },
    {
      name: "no-resources",
      says: "insufficient system resources",
      class: "system-unavailable",
      scope: "site",
      source: EXCHANGE_SERVER,
    },
    {
      name: "service-not-active",
      says: "service not active",
      class: "system-unavailable",
      scope: "site",
      source: EXCHANGE_SERVER,
    },
    { name: "wrong-region", status: "4.62", class: "routing" },
    { name: "hop-count", says: /hop count exceeded/, class: "routing" },
    { name: "no-such-domain", status: "4.310", class: "bad-domain" },
    { name: "next-hop-failed", status: /^[45]\.4\.31[0-9]$/, class: "no-answer", scope: "recipient" },
    { name: "dane", status: /^[45]\.7\.32[1-5]$/, class: "tls-required" },
    { name: "unable-to-relay", says: "unable to relay", class: "relay-denied", source: EXCHANGE_SERVER },
  ],
};
