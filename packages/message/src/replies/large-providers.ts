import type { RuleSet } from "./reply-rule.ts";

/** Gmail and Google Workspace. */
export const GMAIL: RuleSet = {
  name: "gmail",
  source: "https://support.google.com/a/answer/3726730",
  rules: [
    {
      name: "no-such-user",
      says: "email account that you tried to reach does not exist",
      class: "invalid-recipient",
    },
    {
      name: "disabled",
      says: /email account that you tried to reach is (?:disabled|inactive)/,
      class: "inactive-mailbox",
    },
    { name: "full-and-inactive", says: "out of storage space and inactive", class: "inactive-mailbox" },
    {
      name: "over-quota",
      says: /email account that you tried to reach is over quota|inbox is out of storage space/,
      class: "mailbox-full",
    },
    // 550 5.2.1 with `ReceivingRatePerm` is meant as temporary, too: the same account takes mail an hour later.
    {
      name: "receiving-too-quickly",
      says: /is receiving mail (?:too quickly|at a rate that)/,
      class: "rate-limited",
      scope: "recipient",
    },
    {
      name: "unusual-rate",
      codes: [421, 450, 451],
      says: /unusual rate of (?:unsolicited )?mail/,
      class: "rate-limited",
    },
    { name: "unsolicited-rate", says: /unusual rate of (?:unsolicited )?mail/, class: "reputation" },
    { name: "low-reputation", says: "very low reputation of the sending", class: "reputation" },
    { name: "dmarc", says: "due to domain's dmarc policy", class: "authentication-failed" },
    {
      name: "unauthenticated",
      says: /sender is unauthenticated|because it is unauthenticated|senders to authenticate (?:their email )?with|fails to pass (?:authentication|spf) checks/,
      class: "authentication-failed",
    },
    {
      name: "spf-hard-fail",
      says: "has an spf record with a hard fail policy",
      class: "authentication-failed",
    },
    {
      name: "spf-suspicious",
      says: "spf record of the sending domain has one or more suspicious entries",
      class: "authentication-failed",
    },
    {
      name: "not-aligned",
      says: /isn't aligned with either the authenticated spf or dkim/,
      class: "authentication-failed",
    },
    {
      name: "no-ptr",
      says: /does not have a ptr record|ptr record isn't set|ptr record setting/,
      class: "host-identity",
    },
    {
      name: "no-tls",
      says: /tls required for rcpt domain|(?:isn't|is not) (?:being )?sent over a tls connection/,
      class: "tls-required",
    },
    {
      name: "not-rfc-5322",
      says: /not rfc 5322 compliant|messages missing a valid (?:address|message-id|from)|multiple addresses in from: header/,
      class: "malformed-message",
    },
    {
      name: "blocked-content",
      says: /content presents a potential security issue|illegal attachment on your message/,
      class: "attachment",
    },
    {
      name: "unsolicited",
      says: /this message is likely (?:unsolicited|suspicious)|is likely unsolicited mail/,
      class: "spam-content",
    },
    { name: "custom-policy", says: /violates .{1,80} email policy|- gcdp /, class: "policy" },
    {
      name: "not-allowed",
      says: "ip not in whitelist for rcpt domain",
      class: "sender-blocked",
      scope: "site",
    },
    {
      name: "busy",
      codes: [421],
      says: "try again later, closing connection",
      class: "system-unavailable",
      scope: "site",
    },
    {
      name: "system-problem",
      says: /temporary system problem|mail server temporarily rejected message/,
      class: "system-unavailable",
    },
    {
      name: "policy-size",
      says: "domain policy size per transaction exceeded",
      class: "rate-limited",
      scope: "connection",
    },
    {
      name: "relay-limit",
      says: /(?:peak|daily) smtp relay limit exceeded|daily (?:user )?sending (?:quota|limit) exceeded/,
      class: "rate-limited",
    },
    { name: "too-many-hops", says: /message exceeded \d+ hops/, class: "routing" },
    { name: "too-large", says: /exceed(?:ed|s) google's message (?:header )?size limit/, class: "too-large" },
    {
      name: "not-authorized",
      says: /not authorized to send email directly to our servers|mail relay denied/,
      class: "reputation",
    },
  ],
};

/** Yahoo, AOL, AT&T, Verizon: all on one platform. */
export const YAHOO: RuleSet = {
  name: "yahoo",
  source: "https://senders.yahooinc.com/smtp-error-codes/",
  rules: [
    // Said with 421 and with 553: retrying will not succeed, it says, and only makes it worse.
    {
      name: "permanently-deferred",
      says: /\btss?(?:03|09|11)\]|will be permanently deferred|permanently deferred/,
      class: "reputation",
      retry: "never",
    },
    {
      name: "complaints",
      says: /\btss?0[1245]\]|temporarily deferred due to (?:unexpected volume|user complaints)/,
      class: "rate-limited",
    },
    {
      name: "listed",
      says: /\[bl2[0-9]\]|not accepted from ip addresses on spamhaus|ip is in spamhaus's list/,
      class: "blocklisted",
    },
    { name: "phishing", says: "[ph01]", class: "spam-content" },
    {
      name: "unauthenticated",
      says: "yahoo requires all senders to authenticate",
      class: "authentication-failed",
    },
    { name: "policy", says: /(?:message|email) not accepted for policy reasons/, class: "policy" },
    {
      name: "no-such-user",
      says: /dd this user doesn't have an? .{1,60} account|dd requested mail action aborted, mailbox not found/,
      class: "invalid-recipient",
    },
    {
      name: "no-longer-valid",
      says: /delivery error: dd .{0,120}is no longer valid/,
      class: "inactive-mailbox",
    },
    { name: "disabled", says: "this mailbox is disabled (554.30)", class: "inactive-mailbox" },
    {
      name: "account-inactive",
      says: /dd (?:not a valid recipient|sorry your message to .{0,80} cannot be delivered. this (?:mailbox|account) is disabled|sorry,? your message to .{0,80} cannot be delivered)/,
      class: "inactive-mailbox",
    },
    {
      name: "busy",
      says: /resources temporarily (?:not available|unavailable)/,
      class: "system-unavailable",
      scope: "site",
    },
    {
      name: "messages-per-connection",
      says: "max message per connection reached",
      class: "rate-limited",
      scope: "connection",
    },
    {
      name: "receiving-too-quickly",
      says: "user is receiving mail too quickly",
      class: "rate-limited",
      scope: "recipient",
    },
    { name: "from-domain", says: /unresolvable rfc\.5321 (?:from )?domain/, class: "invalid-sender" },
    { name: "not-rfc", says: "headers are not rfc compliant", class: "malformed-message" },
    { name: "unknown-recipients", says: "excessive unknown recipients", class: "reputation" },
    {
      name: "att-no-ptr",
      says: /connections not accepted from servers without a valid sender domain|fix reverse dns for/,
      class: "host-identity",
    },
    { name: "att-listed", says: /dnsbl:attrbl|dnsbl:rblatt|att\.net\/blocks/, class: "blocklisted" },
  ],
};

/** iCloud. */
export const APPLE: RuleSet = {
  name: "apple",
  source: "https://support.apple.com/en-us/102322",
  rules: [
    { name: "inactive", says: "inactive email address", class: "invalid-recipient" },
    { name: "gone", says: "recipient no longer on server", class: "mailbox-moved" },
    { name: "excessive-volume", says: "deferred due to excessive volume", class: "rate-limited" },
    { name: "unauthenticated", says: "[hme1]", class: "authentication-failed" },
    { name: "local-policy", says: /\[cs0\d\]/, class: "policy" },
    { name: "listed-domain", says: "having a domain present in the spamhaus dbl", class: "spam-content" },
    { name: "closed", says: "esmtp not accepting connections", class: "reputation" },
  ],
};
