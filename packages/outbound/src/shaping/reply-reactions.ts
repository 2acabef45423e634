/**
 * What a reply makes us do beside what it means for its recipient. `slow-down`: fewer at once; `pause`: nothing to this site from this
 * source for a while; `rest-source`: the same for longer, because it is the source that is disliked, and others of the pool take over.
 */
export type Reaction =
  | { readonly kind: "slow-down" }
  | { readonly kind: "pause"; readonly forMs: number }
  | { readonly kind: "rest-source"; readonly forMs: number };

/** A row: a text in a reply, in the part of it that does not change. */
export interface ReactionRule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly reaction: Reaction;
  readonly source: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SLOW_DOWN: Reaction = { kind: "slow-down" };
const pause = (minutes: number): Reaction => ({ kind: "pause", forMs: minutes * MINUTE_MS });
const rest = (hours: number): Reaction => ({ kind: "rest-source", forMs: hours * HOUR_MS });

const KUMOMTA = "https://github.com/KumoCorp/kumomta/blob/main/assets/policy-extras/shaping.toml";
const KUMOMTA_COMMUNITY = "https://github.com/KumoCorp/kumomta/blob/main/assets/community/shaping.toml";
const GOOGLE = "https://support.google.com/a/answer/3221692";
const YAHOO = "https://senders.yahooinc.com/smtp-error-codes/";
const ORANGE = "https://www.postmastery.com/orange-postmaster-smtp-error-codes-ofr/";
const COMCAST = "https://postmaster.comcast.net/smtp-error-codes.php";
const GMX = "https://postmaster.gmx.net/en/error-messages";
const MICROSOFT = "https://www.spamresource.com/2025/07/microsoft-says-too-many-connections.html";
const MICROSOFT_S3150 = "https://www.engagor.ai/resources/blog/microsoft-s3150-most-frustrating-error-code";
const OUTLOOK = "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting";
const NETEASE = "http://help.163.com/09/1224/17/5RAJ4LMH00753VB8.html";

/** The first that matches counts, so the particular ones come first. */
export const REACTION_RULES: readonly ReactionRule[] = [
  { name: "google.unusual-rate", pattern: /^4\d\d[- ]4\.7\.28\b/, reaction: pause(15), source: GOOGLE },
  {
    name: "google.unusual-rate-text",
    pattern: /detected an unusual rate of/i,
    reaction: pause(15),
    source: GOOGLE,
  },
  {
    name: "google.low-reputation",
    pattern: /very low reputation of the sending/i,
    reaction: rest(2),
    source: GOOGLE,
  },
  {
    name: "google.try-later",
    pattern: /^421[- ]4\.7\.0 .*try again later, closing connection/i,
    reaction: SLOW_DOWN,
    source: GOOGLE,
  },
  { name: "yahoo.tss04", pattern: /\[(?:TSS04|IPTS04|TS01)\]/, reaction: rest(2), source: YAHOO },
  { name: "yahoo.tss05", pattern: /\[(?:TSS05|IPTS05)\]/, reaction: rest(4), source: KUMOMTA_COMMUNITY },
  { name: "yahoo.ts02", pattern: /\[TS0[23]\]/, reaction: rest(4), source: YAHOO },
  {
    name: "yahoo.too-many",
    pattern: /Max message per connection reached/i,
    reaction: SLOW_DOWN,
    source: KUMOMTA_COMMUNITY,
  },
  {
    name: "microsoft.blocked",
    pattern: /block list \(A?S31[45]\d\)/i,
    reaction: rest(2),
    source: MICROSOFT_S3150,
  },
  {
    name: "microsoft.too-many-connections",
    pattern: /exceeded the maximum number of connections|\(S3115\)/i,
    reaction: SLOW_DOWN,
    source: MICROSOFT,
  },
  {
    name: "microsoft.concurrent",
    pattern: /exceed max concurrent connections/i,
    reaction: SLOW_DOWN,
    source: KUMOMTA_COMMUNITY,
  },
  {
    name: "microsoft.rate-limited",
    pattern: /temporarily rate limited due to IP reputation/i,
    reaction: rest(1),
    source: KUMOMTA,
  },
  { name: "microsoft.rp", pattern: /\(?RP-00[123]\)?/, reaction: rest(1), source: OUTLOOK },
  {
    name: "microsoft.server-busy",
    pattern: /Server busy\. Please try again later from/i,
    reaction: pause(15),
    source: KUMOMTA_COMMUNITY,
  },
  {
    name: "orange.too-many-connections",
    pattern: /OFR(?:\d{3})?_104\b|Trop de connexions/i,
    reaction: SLOW_DOWN,
    source: ORANGE,
  },
  {
    name: "orange.refused",
    pattern: /^4\d\d\b.*(?:OFR(?:\d{3})?_(?:105|108|109|999)\b|Service refuse)/i,
    reaction: pause(60),
    source: ORANGE,
  },
  { name: "comcast.sessions", pattern: /Too many sessions opened/i, reaction: SLOW_DOWN, source: COMCAST },
  { name: "comcast.rate", pattern: /\bRL0000\d\d\b/, reaction: pause(30), source: COMCAST },
  {
    name: "comcast.throttled",
    pattern: /Throttled - try again later/i,
    reaction: pause(15),
    source: COMCAST,
  },
  {
    name: "t-online.reputation",
    pattern: /None\/bad reputation\./i,
    reaction: rest(4),
    source: "https://postmaster.t-online.de/index.en.html",
  },
  {
    name: "gmx.rate",
    pattern: /Rate limit reached\. Please try again later/i,
    reaction: pause(60),
    source: GMX,
  },
  {
    name: "gmx.policy",
    pattern: /^421\b.*Reject due to policy (?:violations|restrictions)/i,
    reaction: pause(60),
    source: GMX,
  },
  { name: "gmx.blocked", pattern: /IP address is block listed/i, reaction: rest(4), source: GMX },
  { name: "apple.busy", pattern: /\[(?:BS02|HCM1|CS01)\]/, reaction: pause(15), source: KUMOMTA_COMMUNITY },
  {
    name: "mimecast.busy",
    pattern: /Internal resource temporarily unavailable/i,
    reaction: pause(30),
    source: KUMOMTA_COMMUNITY,
  },
  {
    name: "proofpoint.reputation",
    pattern: /^4\d\d\b.*ipcheck\.proofpoint\.com/i,
    reaction: rest(1),
    source: "https://ipcheck.proofpoint.com/",
  },
  {
    name: "netvigator.session",
    pattern: /Too many messages for this session/i,
    reaction: SLOW_DOWN,
    source: KUMOMTA_COMMUNITY,
  },
  {
    name: "qq.address-rate",
    pattern: /\b(?:Ip|Connection) frequency limited/i,
    reaction: rest(1),
    source: KUMOMTA_COMMUNITY,
  },
  { name: "netease.too-many-connections", pattern: /\bHL:ICC\b/, reaction: SLOW_DOWN, source: NETEASE },
  { name: "netease.rate", pattern: /\bHL:(?:IFC|ITC|REP)\b/, reaction: rest(1), source: NETEASE },
  { name: "netease.connection-full", pattern: /\b(?:MI:DMC|RP:DRC)\b/, reaction: SLOW_DOWN, source: NETEASE },
  {
    name: "yahoo-japan.deferred",
    pattern: /VS98-IP0 deferred/i,
    reaction: pause(60),
    source: KUMOMTA_COMMUNITY,
  },
  // What many servers say, Postfix, Exim, Sendmail and Exchange among them.
  {
    name: "address.deferred",
    pattern: /messages from \d+\.\d+\.\d+\.\d+ (?:temporarily|will be permanently) deferred/i,
    reaction: rest(1),
    source: KUMOMTA,
  },
  {
    name: "connections.too-many",
    pattern:
      /^4\d\d\b.*(?:too many (?:concurrent |simultaneous |smtp )?(?:connections|sessions)|connection (?:rate|count) limit|max(?:imum)? (?:number of )?connections)/i,
    reaction: SLOW_DOWN,
    source: "https://www.postfix.org/anvil.8.html",
  },
  {
    name: "rate.exceeded",
    pattern:
      /^4\d\d\b.*(?:rate limit(?:ed)?\b|too much mail from|too many messages|throttl|sending (?:too fast|rate)|slow down)/i,
    reaction: SLOW_DOWN,
    source: "https://www.postfix.org/anvil.8.html",
  },
];

/** Longer replies say what they have to say in their beginning; the patterns must not be fed a megabyte. */
const LOOKED_AT_CHARS = 2_000;

/** The rule for a reply, or null. @param reply code and text, as `formatReply` writes them */
export function reactionTo(reply: string): ReactionRule | null {
  const text = reply.slice(0, LOOKED_AT_CHARS).replaceAll(/\s+/g, " ");
  return REACTION_RULES.find(({ pattern }) => pattern.test(text)) ?? null;
}
