import type { ReplyRule, RuleSet } from "./reply-rule.ts";

const IANA = "https://www.iana.org/assignments/smtp-enhanced-status-codes/smtp-enhanced-status-codes.xhtml";

const status = (code: string, rule: Omit<ReplyRule, "name" | "status">): ReplyRule => ({
  name: `x.${code}`,
  status: code,
  ...rule,
});

/** Enhanced codes that leave no doubt: they outweigh whatever words stand around them. */
export const PRECISE_STATUS_CODES: RuleSet = {
  name: "status",
  source: IANA,
  rules: [
    status("1.1", { class: "invalid-recipient" }),
    status("1.2", { class: "bad-domain" }),
    status("1.3", { class: "malformed-address" }),
    status("1.6", { class: "mailbox-moved" }),
    status("1.7", { class: "invalid-sender" }),
    status("1.8", { class: "invalid-sender" }),
    // RFC 7505 §4.2: null MX.
    status("1.10", { class: "bad-domain" }),
    status("2.2", { class: "mailbox-full" }),
    status("2.3", { class: "too-large" }),
    status("3.1", { class: "system-unavailable", scope: "site" }),
    status("3.4", { class: "too-large" }),
    status("4.6", { class: "routing" }),
    status("4.7", { class: "expired-elsewhere" }),
    status("5.3", { class: "rate-limited", scope: "connection" }),
    status("6.7", { class: "malformed-address" }),
    status("6.8", { class: "malformed-message" }),
    status("6.9", { class: "malformed-message" }),
    status("7.2", { class: "sender-blocked" }),
    status("7.10", { class: "tls-required" }),
    status("7.11", { class: "tls-required" }),
    status("7.13", { class: "inactive-mailbox" }),
    // RFC 7293 §9: the address belongs to somebody else by now.
    status("7.17", { class: "invalid-recipient" }),
    status("7.18", { class: "bad-domain" }),
    // RFC 7372 §3 and RFC 7489: DKIM, SPF, reverse DNS, several of them, ARC.
    status("7.20", { class: "authentication-failed" }),
    status("7.21", { class: "authentication-failed" }),
    status("7.22", { class: "authentication-failed" }),
    status("7.23", { class: "authentication-failed" }),
    status("7.24", { class: "authentication-failed" }),
    status("7.25", { class: "host-identity" }),
    status("7.26", { class: "authentication-failed" }),
    // RFC 7505 §4.2: the sender's domain takes no mail.
    status("7.27", { class: "invalid-sender" }),
    status("7.28", { class: "rate-limited" }),
    status("7.29", { class: "authentication-failed" }),
    // RFC 8689 §4.2
    status("7.30", { class: "tls-required" }),
  ],
};

/** Enhanced codes that are given for much: they count where the words say nothing. */
export const VAGUE_STATUS_CODES: RuleSet = {
  name: "status",
  source: IANA,
  rules: [
    status("0.0", { class: "unclassified" }),
    status("1.0", { class: "unclassified" }),
    status("1.4", { class: "misconfigured" }),
    status("1.5", { class: "unclassified" }),
    status("1.9", { class: "system-unavailable" }),
    status("2.0", { class: "mailbox-unavailable" }),
    status("2.1", { class: "inactive-mailbox" }),
    status("2.4", { class: "misconfigured" }),
    status("3.0", { class: "system-unavailable" }),
    status("3.2", { class: "system-unavailable", scope: "site" }),
    status("3.3", { class: "protocol-error", scope: "message" }),
    status("3.5", { class: "misconfigured" }),
    status("4.0", { class: "routing" }),
    status("4.1", { class: "no-answer", scope: "recipient" }),
    status("4.2", { class: "connection-lost" }),
    status("4.3", { class: "dns-failure", scope: "recipient" }),
    status("4.4", { class: "routing" }),
    status("4.5", { class: "system-unavailable", scope: "site" }),
    status("5.0", { class: "protocol-error" }),
    status("5.1", { class: "protocol-error" }),
    status("5.2", { class: "protocol-error" }),
    status("5.4", { class: "protocol-error" }),
    status("5.5", { class: "protocol-error" }),
    status("5.6", { class: "protocol-error" }),
    status("6.0", { class: "malformed-message" }),
    status("6.1", { class: "malformed-message" }),
    status("6.2", { class: "malformed-message" }),
    status("6.3", { class: "malformed-message" }),
    status("6.4", { class: "malformed-message" }),
    status("6.5", { class: "malformed-message" }),
    status("6.6", { class: "malformed-message" }),
    status("6.10", { class: "malformed-message" }),
    status("7.0", { class: "policy" }),
    status("7.1", { class: "policy" }),
    status("7.3", { class: "policy" }),
    status("7.4", { class: "policy" }),
    status("7.5", { class: "policy" }),
    status("7.6", { class: "policy" }),
    status("7.7", { class: "policy" }),
    status("7.8", { class: "relay-denied" }),
    status("7.9", { class: "relay-denied" }),
    status("7.12", { class: "relay-denied" }),
    status("7.14", { class: "policy" }),
    status("7.15", { class: "policy" }),
    status("7.16", { class: "rate-limited" }),
    status("7.19", { class: "policy" }),
  ],
};

const reply = (code: number, rule: Omit<ReplyRule, "name" | "codes">): ReplyRule => ({
  name: String(code),
  codes: [code],
  ...rule,
});

const RFC_5321 = "https://www.rfc-editor.org/rfc/rfc5321#section-4.2.2";

/** What a reply code says where neither words nor an enhanced code do. */
export const REPLY_CODES: RuleSet = {
  name: "code",
  source: RFC_5321,
  rules: [
    reply(421, { class: "system-unavailable", scope: "site" }),
    reply(450, { class: "mailbox-unavailable" }),
    reply(451, { class: "system-unavailable" }),
    reply(452, { class: "system-unavailable" }),
    reply(432, { class: "relay-denied", source: "https://www.rfc-editor.org/rfc/rfc4954#section-6" }),
    reply(453, { class: "policy", source: "https://www.rfc-editor.org/rfc/rfc2645#section-6" }),
    reply(454, { class: "tls-required", source: "https://www.rfc-editor.org/rfc/rfc3207#section-4" }),
    reply(455, { class: "protocol-error" }),
    reply(458, { class: "system-unavailable", source: "https://www.rfc-editor.org/rfc/rfc1985#section-5" }),
    reply(459, { class: "policy", source: "https://www.rfc-editor.org/rfc/rfc1985#section-5" }),
    reply(500, { class: "protocol-error" }),
    reply(501, { class: "protocol-error", scope: "recipient" }),
    reply(502, { class: "protocol-error" }),
    reply(503, { class: "protocol-error" }),
    reply(504, { class: "protocol-error" }),
    reply(521, { class: "bad-domain", source: "https://www.rfc-editor.org/rfc/rfc7504#section-3" }),
    reply(530, { class: "relay-denied", source: "https://www.rfc-editor.org/rfc/rfc4954#section-6" }),
    reply(534, { class: "relay-denied", source: "https://www.rfc-editor.org/rfc/rfc4954#section-6" }),
    reply(535, { class: "relay-denied", source: "https://www.rfc-editor.org/rfc/rfc4954#section-6" }),
    reply(538, { class: "tls-required", source: "https://www.rfc-editor.org/rfc/rfc4954#section-6" }),
    // RFC 5321 §4.2.2: no such mailbox, no access, or policy. So nobody is suppressed for it.
    reply(550, { class: "mailbox-unavailable" }),
    reply(551, { class: "mailbox-moved" }),
    // RFC 5321 §4.5.3.1.10: often sent where 452 was meant.
    reply(552, { class: "mailbox-full" }),
    // Not allowed is not malformed: servers say 553 of listed senders, too.
    reply(553, { class: "mailbox-unavailable" }),
    reply(554, { class: "unclassified" }),
    reply(555, { class: "protocol-error", scope: "message" }),
    reply(556, { class: "bad-domain", source: "https://www.rfc-editor.org/rfc/rfc7504#section-4" }),
  ],
};
