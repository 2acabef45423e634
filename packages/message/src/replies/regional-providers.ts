import type { RuleSet } from "./reply-rule.ts";

/** Comcast (Xfinity). */
const COMCAST: RuleSet = {
  name: "comcast",
  source: "https://www.xfinity.com/support/articles/email-errors",
  rules: [
    { name: "listed", says: /\bbl0000[01]{2}\b|\bbl00[01]{4}\b/, class: "blocklisted" },
    { name: "rate", says: /\brl0000[01]{2}\b/, class: "rate-limited" },
    { name: "dynamic", says: /\bes0000[01]{2}\b/, class: "blocklisted" },
    { name: "no-ptr", says: /\bptr1000\b|reverse dns failure/, class: "host-identity" },
    { name: "sessions", says: "too many sessions opened", class: "too-many-connections" },
    { name: "not-our-customer", says: "not our customer", class: "invalid-recipient" },
  ],
};

/** Cox; its codes stand behind `AUP#`. */
const COX: RuleSet = {
  name: "cox",
  source: "https://www.cox.com/business/support/email-error-codes.html",
  rules: [
    { name: "blocked", says: /\bcxbl\b/, class: "reputation" },
    { name: "blocked-for-now", says: /\bcdrbl\b/, class: "reputation", retry: "later" },
    {
      name: "no-ptr",
      says: /\bcxdns\b|rejected - no rdns|dns check failure - try again later/,
      class: "host-identity",
    },
    { name: "authentication", says: /\bcxsndr\b/, class: "authentication-failed" },
    { name: "connections", says: /\bcxcnct\b/, class: "too-many-connections" },
    { name: "recipients", says: /\bcxmxrt\b|\bcxthrt\b/, class: "rate-limited" },
    { name: "listed", says: /\bipbl[01]{4,5}\b/, class: "blocklisted" },
    { name: "listed-url", says: /\burlbl[01]{3,4}\b/, class: "spam-content" },
    { name: "threshold", says: "message threshold exceeded", class: "rate-limited", scope: "connection" },
  ],
};

/** Spectrum (Charter, Road Runner, Bright House). */
const SPECTRUM: RuleSet = {
  name: "spectrum",
  source: "https://www.spectrumbusiness.net/support/internet/understanding-email-error-codes",
  rules: [
    { name: "blocked", says: /aup#(?:i-?|o-?)?10[0-8]0\b/, class: "reputation" },
    { name: "later", says: /aup#(?:i-?|o-?)?1090\b/, class: "system-unavailable", retry: "later" },
    { name: "no-ptr", says: /aup#(?:i-?|o-?)?11[0-5]0\b/, class: "host-identity" },
    { name: "policy", says: /aup#(?:i-?|o-?)?11[6-9]0\b/, class: "policy" },
    { name: "listed", says: /aup#(?:i-?|o-?)?12[0-5]0\b/, class: "blocklisted" },
    { name: "connections", says: /aup#(?:i-?|o-?)?13[0-4]0\b/, class: "too-many-connections" },
    { name: "rate", says: /aup#(?:i-?|o-?)?1(?:3[5-9]|4\d|54|55|58)0\b/, class: "rate-limited" },
    { name: "too-large", says: /aup#(?:i-?|o-?)?1530\b/, class: "too-large" },
    { name: "unknown-recipients", says: /aup#(?:i-?|o-?)?1560\b/, class: "reputation" },
  ],
};

/** Orange and La Poste; the number at the end of their codes is the reason. */
const FRENCH: RuleSet = {
  name: "orange",
  source: "https://www.postmastery.com/orange-postmaster-smtp-error-codes-ofr/",
  rules: [
    {
      name: "invalid-recipient",
      says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]?41[68]\b/,
      class: "invalid-recipient",
    },
    { name: "over-quota", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]?417\b/, class: "mailbox-full" },
    { name: "archived", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]42[06]\b/, class: "inactive-mailbox" },
    { name: "connections", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]104\b/, class: "too-many-connections" },
    { name: "listed", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]10[12]\b/, class: "blocklisted" },
    // 550, but the text asks to come back.
    {
      name: "refused-for-now",
      says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-](?:10[3-9]|201|42[34]|505|510|999)\b/,
      class: "reputation",
      retry: "later",
    },
    {
      name: "authentication",
      says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-](?:401|517)\b|spf\/dns de votre nom de domaine/,
      class: "authentication-failed",
    },
    { name: "sender", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]4(?:0[35]|15|21)\b/, class: "invalid-sender" },
    { name: "spam", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-](?:506|513)\b/, class: "spam-content" },
    { name: "too-large", says: /\b(?:ofr|lpn|ouk)[0-9a-z]*[_-]514\b/, class: "too-large" },
    {
      name: "free-spam",
      says: /too many spams? from your ip/,
      class: "reputation",
      retry: "later",
      source: "https://postmaster.free.fr/",
    },
  ],
};

/** GMX, WEB.DE, 1&1, mail.com; T-Online. */
const GERMAN: RuleSet = {
  name: "gmx",
  source: "https://postmaster.gmx.net/en/error-messages",
  rules: [
    { name: "no-ptr", says: /bad dns ptr resource record|no ptr resource record/, class: "host-identity" },
    {
      name: "listed",
      says: /ip address is (?:black|block) ?listed|reject due to (?:ip|policy restrictions)/,
      class: "blocklisted",
    },
    {
      name: "sender-domain",
      says: /invalid dns (?:mx|a\/aaaa|mx or a\/aaaa) resource record/,
      class: "invalid-sender",
    },
    {
      name: "inbound-limit",
      says: /recipient has exceeded (?:the )?inbound mail limit/,
      class: "rate-limited",
      scope: "recipient",
    },
    {
      name: "full",
      codes: [552],
      says: "exceeded storage allocation",
      class: "mailbox-full",
      source: "https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3",
    },
    {
      name: "t-online-reputation",
      says: /ip=.{1,60} - (?:none\/bad reputation|a problem occurred)|ask your postmaster for help or to contact/,
      class: "reputation",
      source: "https://postmaster.t-online.de/index.en.html",
    },
  ],
};

/** mail.ru and Yandex. */
const RUSSIAN: RuleSet = {
  name: "mail-ru",
  source: "https://help.mail.ru/developers/mailing_rules/technical",
  rules: [
    {
      name: "no-such-user",
      says: /invalid mailbox\. local mailbox .{0,80}is unavailable: user not found/,
      class: "invalid-recipient",
    },
    {
      name: "terminated",
      says: /local mailbox .{0,80}is unavailable: (?:user is terminated|account is disabled)|access to this account is disabled/,
      class: "inactive-mailbox",
    },
    { name: "spam", says: /notspam-support|spam message rejected/, class: "spam-content" },
    {
      name: "dynamic",
      says: /we do not accept mail from (?:hosts with )?dynamic ips?/,
      class: "host-identity",
    },
    {
      name: "yandex-spam",
      says: "message rejected under suspicion of spam",
      class: "spam-content",
      source: "https://yandex.com/support/mail/spam/honest-mailers.html",
    },
    {
      name: "yandex-policy",
      says: "policy rejection on the target address",
      class: "sender-blocked",
      source: "https://yandex.com/support/mail/spam/honest-mailers.html",
    },
    {
      name: "yandex-come-back",
      says: "the service is currently unavailable. please come back later",
      class: "greylisted",
      source: "https://yandex.com/support/mail/spam/honest-mailers.html",
    },
  ],
};

/** QQ and NetEase (163.com, 126.com). */
const CHINESE: RuleSet = {
  name: "qq",
  source: "https://service.mail.qq.com/detail/122/166",
  rules: [
    {
      name: "frequency",
      says: /(?:ip|domain|sender|connection) frequency limited|frequency of receiving messages is limited/,
      class: "rate-limited",
    },
    { name: "access-denied", says: /mailbox unavailable or access deni(?:ed|ned)/, class: "reputation" },
    { name: "spam-ip", says: /suspected spam ip|suspected bounce attacks/, class: "reputation" },
    {
      name: "spam",
      says: /mail content denied|spam is embedded in the email|suspected spam\b/,
      class: "spam-content",
    },
    { name: "rejected-by-recipient", says: "mail is rejected by recipients", class: "sender-blocked" },
    { name: "deactivated", says: "is a deactivated mailbox", class: "inactive-mailbox" },
    { name: "full", says: /mailbox space not enough|user is over flow/, class: "mailbox-full" },
    {
      name: "netease-spam",
      says: /\bdt:sp[mc]\b|\bmi:spb\b|help_spam_16\.htm/,
      class: "spam-content",
      source: "https://mail.163.com/help/help_spam_16.htm",
    },
    {
      name: "netease-rate",
      says: /\b(?:mi|rp):(?:cel|sfq|qrc|rcl|stc)\b/,
      class: "rate-limited",
      source: "https://mail.163.com/help/help_spam_16.htm",
    },
    {
      name: "netease-sender",
      says: /\bmi:(?:dmc|nhd|spf)\b/,
      class: "authentication-failed",
      source: "https://mail.163.com/help/help_spam_16.htm",
    },
  ],
};

/** GoDaddy; its codes begin with IB. */
const GODADDY: RuleSet = {
  name: "godaddy",
  source: "https://www.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685",
  rules: [
    { name: "no-ptr", says: /\bib108\b/, class: "host-identity" },
    { name: "sender", says: /\bib50[126]\b/, class: "invalid-sender" },
    { name: "spf", says: /\bib508\b/, class: "authentication-failed" },
    { name: "spam", says: /\bib212\b/, class: "spam-content" },
    { name: "virus", says: /\bib705\b/, class: "virus" },
    { name: "sessions", says: /\bib007\b/, class: "too-many-connections" },
    { name: "busy", says: /\bib101\b/, class: "system-unavailable", scope: "site" },
    { name: "blocked-for-now", says: /\bib11[0-3]\b/, class: "reputation", retry: "later" },
    { name: "rate", says: /\bib(?:504|607|605)\b/, class: "rate-limited" },
    { name: "messages-per-session", says: /\bib510\b/, class: "rate-limited", scope: "connection" },
    { name: "listed", says: /\bib10[3-6]\b/, class: "blocklisted" },
  ],
};

/** Mailbox providers of one country or kind. */
export const REGIONAL_PROVIDERS: readonly RuleSet[] = [
  COMCAST,
  COX,
  SPECTRUM,
  FRENCH,
  GERMAN,
  RUSSIAN,
  CHINESE,
  GODADDY,
];
