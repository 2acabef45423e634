import type { RuleSet } from "./reply-rule.ts";

const POSTGREY = "https://postgrey.schweikert.ch/";

const POSTFIX: RuleSet = {
  name: "postfix",
  source: "https://www.postfix.org/postconf.5.html",
  rules: [
    {
      name: "greylisted",
      says: "recipient address rejected: greylisted",
      class: "greylisted",
      source: POSTGREY,
    },
    // postscreen has passed the client and wants it to come again: https://www.postfix.org/POSTSCREEN_README.html#after_220
    {
      name: "postscreen",
      status: "3.2",
      codes: [450],
      says: "service currently unavailable",
      class: "greylisted",
      source: "https://www.postfix.org/POSTSCREEN_README.html",
    },
    {
      name: "ports-busy",
      says: /all (?:server|screening) ports are busy/,
      class: "too-many-connections",
      source: "https://www.postfix.org/POSTSCREEN_README.html",
    },
    {
      name: "unverified",
      codes: [450],
      says: /unverified address|address verification in progress/,
      class: "mailbox-unavailable",
      source: "https://www.postfix.org/ADDRESS_VERIFICATION_README.html",
    },
    {
      name: "undeliverable",
      says: /recipient address rejected: undeliverable address/,
      class: "invalid-recipient",
      source: "https://www.postfix.org/ADDRESS_VERIFICATION_README.html",
    },
    { name: "sender-address", says: /sender address rejected/, class: "invalid-sender" },
    { name: "dnsbl", says: /blocked using \S+/, class: "blocklisted" },
    {
      name: "no-hostname",
      says: /client host rejected: cannot find your (?:reverse )?hostname/,
      class: "host-identity",
    },
    { name: "helo", says: /hel(?:l)?o command rejected/, class: "host-identity" },
    { name: "client-rejected", says: /client host rejected|unknown client host/, class: "reputation" },
    {
      name: "policyd-weight",
      says: /mail appeared to be spam or forged/,
      class: "spam-content",
      source: "http://www.policyd-weight.org/",
    },
    { name: "too-many-connections", says: /error: too many connections/, class: "too-many-connections" },
    {
      name: "rate",
      says: /error: too (?:many (?:new tls sessions|recipients|errors)|much mail)/,
      class: "rate-limited",
    },
    { name: "no-storage", says: "insufficient system storage", class: "system-unavailable", scope: "site" },
    { name: "too-large", says: /message size exceeds fixed (?:limit|maximum)/, class: "too-large" },
    {
      name: "configuration",
      says: /server configuration (?:error|problem)/,
      class: "misconfigured",
      retry: "later",
    },
    { name: "lookup", says: /temporary lookup failure/, class: "system-unavailable", retry: "later" },
    { name: "queue-file", says: "queue file write error", class: "system-unavailable", retry: "later" },
    { name: "loops-back", says: /loops back to myself|mail forwarding loop|too many hops/, class: "routing" },
    {
      name: "pipelining",
      says: /improper command pipelining|data command rejected: multi-recipient bounce/,
      class: "protocol-error",
    },
    { name: "starttls", says: /must issue a starttls command first/, class: "tls-required" },
  ],
};

const EXIM: RuleSet = {
  name: "exim",
  source: "https://www.exim.org/exim-html-current/doc/html/spec_html/ch-access_control_lists.html",
  rules: [
    { name: "unrouteable", says: /unrout(?:e)?able address/, class: "invalid-recipient" },
    {
      name: "recipient-unverified",
      says: "the recipient cannot be verified",
      class: "invalid-recipient",
      source: "https://docs.cpanel.net/knowledge-base/email/",
    },
    {
      name: "sender-unverified",
      says: /could not complete sender verify|sender verify failed|sender callout/,
      class: "invalid-sender",
    },
    {
      name: "callout-later",
      says: /could not complete recipient verify/,
      class: "mailbox-unavailable",
      retry: "later",
    },
    { name: "local-problem", says: /temporary local problem/, class: "system-unavailable", retry: "later" },
    {
      name: "connections",
      says: /too many (?:concurrent )?(?:smtp )?connections/,
      class: "too-many-connections",
    },
    {
      name: "own-mx",
      says: /lowest numbered mx record points to local host|mx records? point to non-existent hosts/,
      class: "routing",
    },
    {
      name: "retry-timeout",
      says: /retry timeout exceeded|retry time not reached/,
      class: "no-answer",
      scope: "recipient",
    },
    {
      name: "cpanel-per-hour",
      says: /has exceeded the max (?:emails|defers and failures) per hour/,
      class: "rate-limited",
      source: "https://docs.cpanel.net/knowledge-base/email/",
    },
    { name: "relay", says: /relay not permitted/, class: "relay-denied" },
    { name: "synchronization", says: /smtp (?:protocol )?synchroni[sz]ation error/, class: "protocol-error" },
    { name: "high-probability", says: /high probability (?:of being )?spam/, class: "spam-content" },
  ],
};

const SENDMAIL: RuleSet = {
  name: "sendmail",
  source: "https://www.sendmail.org/~ca/email/doc8.12/op-sh-5.html",
  rules: [
    {
      name: "milter-greylist",
      says: /greylisting in action|come back in \d/,
      class: "greylisted",
      source: "https://hcpnet.free.fr/milter-greylist/",
    },
    {
      name: "sender-domain",
      says: /domain of sender address .{0,120}does not (?:exist|resolve)/,
      class: "invalid-sender",
    },
    {
      name: "relay",
      says: /relaying (?:denied|temporarily denied)|relay access denied/,
      class: "relay-denied",
    },
    { name: "open-proxy", says: "rejecting open proxy", class: "blocklisted" },
    { name: "rate", says: /connection rate limit exceeded/, class: "rate-limited" },
    { name: "connections", says: /too many open connections/, class: "too-many-connections" },
    {
      name: "ip-name-lookup",
      says: /ip name lookup failed|cannot resolve ptr record|possibly forged/,
      class: "host-identity",
    },
    {
      name: "disk",
      says: /insufficient disk space|low on (?:disk )?space/,
      class: "system-unavailable",
      scope: "site",
    },
    { name: "illegal-alias", says: /unknown or illegal (?:alias|user)/, class: "invalid-recipient" },
  ],
};

const QMAIL: RuleSet = {
  name: "qmail",
  source: "https://cr.yp.to/qmail.html",
  rules: [
    { name: "no-mailbox", says: "no mailbox here by that name", class: "invalid-recipient" },
    { name: "virtual-user", says: "invalid or unknown virtual user", class: "invalid-recipient" },
    {
      name: "bad-rcpt-to",
      says: /badr(?:c|e)(?:pt|ci?pient)to|not in my validrcptto/,
      class: "invalid-recipient",
    },
    { name: "rcpthosts", says: /list of allowed rcpthosts/, class: "relay-denied" },
    { name: "no-host", says: /couldn't find any host named/, class: "bad-domain" },
    { name: "no-longer-accepts", says: /this address no longer accepts mail/, class: "inactive-mailbox" },
    { name: "bare-lf", says: /docs\/smtplf\.html|bare lf|bare newline/, class: "malformed-message" },
    { name: "databytes", says: /databytes limit/, class: "too-large" },
    { name: "looping", says: /message is looping|already has my delivered-to/, class: "routing" },
    {
      name: "maildir",
      says: /unable to (?:chdir|switch) to (?:maildir|home)|temporary error on maildir/,
      class: "system-unavailable",
      retry: "later",
    },
    {
      name: "in-queue-too-long",
      says: /this message has been in the queue too long/,
      class: "expired-elsewhere",
    },
  ],
};

const DOVECOT: RuleSet = {
  name: "dovecot",
  source: "https://doc.dovecot.org/main/core/config/delivery/lmtp.html",
  rules: [
    { name: "quota", says: /quota exceeded \(mailbox for user is full\)/, class: "mailbox-full" },
    { name: "no-user", says: /user doesn't exist: /, class: "invalid-recipient" },
    {
      name: "rspamd-later",
      says: /\[rspamd\].{0,40}(?:greylist|later)|^451 4\.7\.1 try again later$/,
      class: "greylisted",
      source: "https://docs.rspamd.com/modules/greylisting",
    },
    {
      name: "spf-policyd",
      says: /mail from rejected.{0,20}spf|message rejected due to: spf (?:fail|softfail|permerror)|open-spf\.org|openspf\./,
      class: "authentication-failed",
      source: "https://launchpad.net/spf-engine",
    },
    {
      name: "opendmarc",
      says: /rejected by dmarc policy for/,
      class: "authentication-failed",
      source: "https://www.trusteddomain.org/opendmarc/",
    },
  ],
};

/** Mail servers by what their own source or manual makes them say. */
export const MAIL_SERVERS: readonly RuleSet[] = [POSTFIX, EXIM, SENDMAIL, QMAIL, DOVECOT];
