import type { RuleSet } from "./reply-rule.ts";

const MIMECAST: RuleSet = {
  name: "mimecast",
  source:
    "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes",
  rules: [
    // Its greylisting: the first try of a triplet gets this.
    {
      name: "greylisted",
      says: /internal resources? (?:is|are )?temporarily unavailable/,
      class: "greylisted",
    },
    { name: "ip-reputation", says: /local ct ip reputation|ip temporarily blacklisted/, class: "reputation" },
    {
      name: "spf",
      says: /(?:spf|dkim|dmarc) sender invalid - envelope rejected/,
      class: "authentication-failed",
    },
    {
      name: "blocked-sender",
      says: /administrative prohibition - envelope blocked|administrative prohibition envelope blocked|envelope blocked - user (?:domain )?entry/,
      class: "sender-blocked",
    },
    {
      name: "blocked-sender-policy",
      says: /block policy for (?:header|envelope) from|manually blocked senders|sender address blocked/,
      class: "sender-blocked",
    },
    { name: "spoofing", says: /anti-spoofing policy/, class: "authentication-failed" },
    { name: "content", says: "content examination policy", class: "spam-content" },
    { name: "geography", says: /host network,? not allowed/, class: "policy", scope: "site" },
    { name: "too-large", says: "maximum email size exceeded", class: "too-large" },
    { name: "loop", says: "mail loop detected", class: "routing" },
    {
      name: "tls",
      says: /this route requires (?:encryption|tls version|high-strength)/,
      class: "tls-required",
    },
    {
      name: "connections",
      says: "account service is temporarily unavailable",
      class: "too-many-connections",
    },
    {
      name: "busy",
      says: /unable to process (?:connection|an email) at this time/,
      class: "system-unavailable",
      scope: "site",
    },
    { name: "inbounds-disabled", says: "account inbounds disabled", class: "misconfigured" },
    { name: "open-relay", says: /open relay (?:is )?not allowed/, class: "relay-denied" },
    { name: "recipient-check", says: "recipient temporarily unavailable", class: "mailbox-unavailable" },
  ],
};

const PROOFPOINT: RuleSet = {
  name: "proofpoint",
  source: "https://ipcheck.proofpoint.com/",
  rules: [
    {
      name: "listed",
      says: /support\.proofpoint\.com\/dnsbl-lookup|ipcheck\.proofpoint\.com|\bpdr\d?\b.{0,20}blocked/,
      class: "blocklisted",
    },
    {
      name: "marked-invalid",
      says: "user email address is marked as invalid",
      class: "invalid-recipient",
      source: "https://help.proofpoint.com/Proofpoint_Essentials",
    },
    {
      name: "spam",
      says: "the email message was detected as spam",
      class: "spam-content",
      source: "https://help.proofpoint.com/Proofpoint_Essentials",
    },
    {
      name: "local-policy",
      says: "local policy violation",
      class: "policy",
      source: "https://help.proofpoint.com/Proofpoint_Essentials",
    },
    {
      name: "throttled",
      says: /(?:smtp )?(?:rate|connection) throttl(?:e|ing)/,
      class: "rate-limited",
      source: "https://help.proofpoint.com/Proofpoint_Essentials",
    },
  ],
};

const BARRACUDA: RuleSet = {
  name: "barracuda",
  source: "https://campus.barracuda.com/product/emailsecuritygateway/doc/3866761/",
  rules: [
    {
      name: "listed",
      says: /barracudanetworks\.com\/reputation|barracudacentral\.org|blocked using b\.barracuda/,
      class: "blocklisted",
      source: "https://www.barracudacentral.org/rbl",
    },
    {
      name: "recipient-blocked",
      says: /permanent failure for one or more recipients \(.{0,120}:blocked\)/,
      class: "spam-content",
    },
    {
      name: "recipient-unknown",
      says: /permanent failure for one or more recipients \(.{0,120}:(?:550|5\.1\.1)/,
      class: "invalid-recipient",
    },
    { name: "no-such-domain", says: "no such domain at this location", class: "relay-denied" },
    { name: "rate-control", says: /rate control|exceeded the rate limit/, class: "rate-limited" },
    { name: "ptr", says: "sender ip reverse lookup rejected", class: "host-identity" },
  ],
};

const CISCO: RuleSet = {
  name: "cisco",
  source: "https://www.talosintelligence.com/reputation_center",
  rules: [
    {
      name: "poor-reputation",
      says: /sending mta's poor reputation|access to (?:submit messages to )?this (?:e-?mail|mail) system has been rejected/,
      class: "reputation",
    },
    { name: "address-rejected", says: "#5.1.0 address rejected", class: "invalid-recipient" },
    {
      name: "recipients-per-hour",
      says: /too many recipients received (?:this hour|from the sender)/,
      class: "rate-limited",
    },
    {
      name: "connections",
      says: /#4\.4\.5 too many (?:connections|tls sessions)/,
      class: "too-many-connections",
    },
    { name: "sender-domain", says: /#5\.1\.8 domain of sender address/, class: "invalid-sender" },
    { name: "size", says: "#5.3.4 message size exceeds limit", class: "too-large" },
  ],
};

const BROADCOM: RuleSet = {
  name: "symantec",
  source: "https://knowledge.broadcom.com/external/article/175407",
  rules: [
    {
      name: "policy",
      says: /connection rejected by policy/,
      class: "reputation",
      source: "https://knowledge.broadcom.com/external/article/164955",
    },
    {
      name: "authentication",
      says: /(?:dmarc|spf|dkim).{0,40}domain authentication fail/,
      class: "authentication-failed",
    },
    {
      name: "listed",
      says: /your ip (?:address )?(?:is in the pbl|has been (?:blocked|blacklisted))/,
      class: "blocklisted",
      source: "https://knowledge.broadcom.com/external/article/165165",
    },
    {
      name: "sender-blocked",
      says: /your (?:domain|email address) has been (?:blocked|blacklisted)|badmailfrom list/,
      class: "sender-blocked",
      source: "https://knowledge.broadcom.com/external/article/173082",
    },
    {
      name: "tls",
      says: "tls/sslv3 connection required",
      class: "tls-required",
      source: "https://knowledge.broadcom.com/external/article/162152",
    },
    {
      name: "not-allowed",
      says: "recipient mailbox is not allowed",
      class: "invalid-recipient",
      source: "https://knowledge.broadcom.com/external/article/175710",
    },
    {
      name: "filtered",
      says: /\bmessage filtered\b/,
      class: "spam-content",
      source: "https://knowledge.broadcom.com/external/article/173867",
    },
    { name: "linefeeds", says: "stray linefeeds in message", class: "malformed-message" },
    {
      name: "rate",
      says: "too many messages (#4.3.0)",
      class: "rate-limited",
      source: "https://knowledge.broadcom.com/external/article/164767",
    },
  ],
};

const FILTERS: RuleSet = {
  name: "filter",
  source: "https://spamassassin.apache.org/doc.html",
  rules: [
    {
      name: "trend-micro",
      says: /blocked using trend ?micro|trend micro (?:email|rbl\+)/,
      class: "blocklisted",
      source: "https://servicecentral.trendmicro.com/en-us/ers/ip-lookup/",
    },
    {
      name: "sophos",
      says: /sophos\.com\/(?:security|en-us).{0,40}ip-?lookup/,
      class: "blocklisted",
      source: "https://www.sophos.com/en-us/threat-center/ip-lookup",
    },
    {
      name: "cloudmark",
      says: /csi\.cloudmark\.com|cloudmark (?:sender intelligence|csi)/,
      class: "blocklisted",
      source: "https://csi.cloudmark.com/en/reset/",
    },
    {
      name: "fortinet",
      says: /fortiguard.{0,40}(?:black|block)(?:ed)? ip|fortispamshield/,
      class: "blocklisted",
      source: "https://www.fortiguard.com/learnmore#as",
    },
    {
      name: "cloudflare-listed",
      says: /found on one or more (?:rbls|dnsbls)/,
      class: "blocklisted",
      source: "https://developers.cloudflare.com/email-routing/postmaster/",
    },
    {
      name: "cloudflare-upstream",
      says: /\bupstream error\b/,
      class: "system-unavailable",
      source: "https://developers.cloudflare.com/email-routing/postmaster/",
    },
    {
      name: "mailmarshal",
      says: /message refused by (?:trustwave seg|mailmarshal)/,
      class: "spam-content",
      source: "https://www.trustwave.com/en-us/services/email-security/",
    },
    {
      name: "amavis",
      says: /considered unsolicited bulk e-?mail|reject, id=\d+-\d+ - spam/,
      class: "spam-content",
      source: "https://www.ijs.si/software/amavisd/",
    },
    {
      name: "amavis-banned",
      says: /reject, id=\d+-\d+ - banned|\bbanned: /,
      class: "attachment",
      source: "https://www.ijs.si/software/amavisd/",
    },
    {
      name: "spamassassin",
      says: /spam ?assassin score|blocked by spamassassin|identified as spam.{0,40}score/,
      class: "spam-content",
    },
    {
      name: "clamav",
      says: /\bclamav\b|virus found|infected with/,
      class: "virus",
      source: "https://docs.clamav.net/",
    },
    {
      name: "rackspace-acl",
      says: /\bacl dns_rbl\b/,
      class: "blocklisted",
      source: "https://postmaster.emailsrvr.com/",
    },
    {
      name: "rackspace-later",
      says: /requested action aborted: try again later \(g\d+\)/,
      class: "rate-limited",
      source: "https://postmaster.emailsrvr.com/",
    },
  ],
};

/** Filters in front of other people's servers. */
export const GATEWAYS: readonly RuleSet[] = [MIMECAST, PROOFPOINT, BARRACUDA, CISCO, BROADCOM, FILTERS];
