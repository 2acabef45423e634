import type { RuleSet } from "./reply-rule.ts";

/** Lists of addresses and domains, by the names that replies quote. */
export const BLOCKLISTS: RuleSet = {
  name: "blocklist",
  source: "https://www.rfc-editor.org/rfc/rfc5782",
  rules: [
    // The receiver's DNS may not ask the list: it refuses all mail, and will until somebody there notices.
    {
      name: "not-answering",
      says: /open resolver|spamhaus\.org\/returnc/,
      class: "misconfigured",
      retry: "later",
      source: "https://www.spamhaus.org/faqs/dnsbl-usage/",
    },
    {
      name: "spamhaus-dbl",
      says: /spamhaus dbl|dbl\.spamhaus|spamhaus\.org\/query\/d(?:bl|omain)/,
      class: "spam-content",
      source: "https://www.spamhaus.org/blocklists/domain-blocklist/",
    },
    {
      name: "spamhaus",
      says: /spamhaus|zen\.dnsbl/,
      class: "blocklisted",
      source: "https://check.spamhaus.org/",
    },
    { name: "spamcop", says: /spamcop/, class: "blocklisted", source: "https://www.spamcop.net/bl.shtml" },
    { name: "abusix", says: /abusix/, class: "blocklisted", source: "https://lookup.abusix.com/" },
    { name: "sorbs", says: /\bsorbs\b/, class: "blocklisted", source: "http://www.sorbs.net/" },
    {
      name: "uceprotect",
      says: /uceprotect/,
      class: "blocklisted",
      source: "https://www.uceprotect.net/en/rblcheck.php",
    },
    {
      name: "invaluement",
      says: /invaluement|ivmsip/,
      class: "blocklisted",
      source: "https://www.invaluement.com/lookup/",
    },
    { name: "psbl", says: /psbl\.(?:surriel|org)/, class: "blocklisted", source: "https://psbl.org/" },
    { name: "mailspike", says: /mailspike/, class: "blocklisted", source: "https://mailspike.io/" },
    {
      name: "validity",
      says: /senderscore|score\.senderscore|returnpath/,
      class: "blocklisted",
      source: "https://senderscore.org/",
    },
    {
      name: "backscatterer",
      says: /backscatterer/,
      class: "blocklisted",
      source: "https://www.backscatterer.org/",
    },
    {
      name: "nixspam",
      says: /nixspam|ix\.dnsbl\.manitu/,
      class: "blocklisted",
      source: "https://www.nixspam.net/",
    },
    {
      name: "truncate",
      says: /truncate\.gbudb/,
      class: "blocklisted",
      source: "http://www.gbudb.com/truncate/",
    },
    { name: "dronebl", says: /dronebl/, class: "blocklisted", source: "https://dronebl.org/lookup" },
    { name: "surbl", says: /\bsurbl\b/, class: "spam-content", source: "https://surbl.org/surbl-analysis" },
    { name: "uribl", says: /\buribl\b/, class: "spam-content", source: "https://admin.uribl.com/" },
  ],
};
