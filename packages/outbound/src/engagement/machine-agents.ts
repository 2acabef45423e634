/**
 * Programs that load pictures and follow links on their own, by what they call themselves.
 *
 * `prefetch`: a mail provider that loads pictures before, and whether or not, anybody reads. `scanner`: a program that looks for
 * harm. `program`: nothing that a person reads mail with. `proxy`: loads them for a person who reads just then, so it counts as one.
 */
interface KnownAgent {
  readonly kind: "prefetch" | "scanner" | "program" | "proxy";
  readonly name: string;
  readonly pattern: RegExp;
  /** Where that is said. */
  readonly source: string;
}

/**
 * Only what its maker or those who measured it have written down. Many security scanners pass for browsers and cannot be told apart
 * this way; Gmail, Microsoft and others change what they send without a word.
 */
const KNOWN_AGENTS: readonly KnownAgent[] = [
  {
    kind: "prefetch",
    name: "Apple Mail Privacy Protection",
    pattern: /^Mozilla\/5\.0$/,
    source: "https://www.mailgun.com/blog/product/bot-detection/",
  },
  {
    kind: "prefetch",
    name: "Gmail, loading ahead",
    pattern: /Chrome\/42\.0\.2311\.135 Safari\/537\.36 Edge\/12\.246 Mozilla\/5\.0$/,
    source: "https://bird.com/blog/gmail-prefetching-images",
  },
  {
    kind: "proxy",
    name: "Gmail",
    pattern: /\bGoogleImageProxy\b/,
    source: "https://www.scientiamobile.com/what-is-google-image-proxy/",
  },
  {
    kind: "proxy",
    name: "Yahoo Mail",
    pattern: /\bYahooMailProxy\b/,
    source: "https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html, which it names itself",
  },
  {
    kind: "scanner",
    name: "Barracuda",
    pattern: /\bBarracuda Sentinel\b/,
    source: "https://www.gmass.co/blog/false-opens-in-gmail/",
  },
  {
    kind: "program",
    name: "a crawler",
    pattern: /\b(?:Googlebot|bingbot|Slackbot|Twitterbot|facebookexternalhit|LinkedInBot|Applebot)\b/i,
    source:
      "https://developers.google.com/search/docs/crawling-indexing/google-common-crawlers, https://api.slack.com/robots and the like; each names itself",
  },
  {
    kind: "program",
    name: "an HTTP library",
    pattern:
      /^(?:curl|Wget|python-requests|Python-urllib|Go-http-client|Java|Apache-HttpClient|AHC|okhttp|node-fetch|axios|undici|libwww-perl)\b/,
    source: "RFC 9110 §10.1.5: the default product token of each library",
  },
];

/** Which known program this is, or null. */
function knownAgent(userAgent: string): KnownAgent | null {
  return KNOWN_AGENTS.find(({ pattern }) => pattern.test(userAgent)) ?? null;
}

/** Whether a program did it on its own, as far as that can be told. A reader always says what it is. */
export function isMachine(userAgent: string | null): boolean {
  if (userAgent === null || userAgent === "") return true;
  const agent = knownAgent(userAgent);
  return agent !== null && agent.kind !== "proxy";
}
