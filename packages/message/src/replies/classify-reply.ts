import { BLOCKLISTS } from "./blocklists.ts";
import { type FailureClass, type FailureScope, failureKind } from "./failure-class.ts";
import { GATEWAYS } from "./gateways.ts";
import { APPLE, GMAIL, YAHOO } from "./large-providers.ts";
import { MAIL_SERVERS } from "./mail-servers.ts";
import { MICROSOFT } from "./microsoft.ts";
import { REGIONAL_PROVIDERS } from "./regional-providers.ts";
import type { ReplyRule, RuleSet } from "./reply-rule.ts";
import { REPORTS } from "./reports.ts";
import { PRECISE_STATUS_CODES, REPLY_CODES, VAGUE_STATUS_CODES } from "./status-code-rules.ts";
import { WORDS, WORDS_OF_TEMPORARY_FAILURES } from "./wording.ts";

/** A refusal as it was said, or as a report (RFC 3464) quotes it. */
export interface FailureReply {
  /** SMTP reply code; null where none is known. */
  readonly code: number | null;
  /** RFC 3463 enhanced status code; null or empty where there is none. */
  readonly enhanced: string | null;
  /** The reply, with or without its codes; anything at all may stand in it. */
  readonly text: string;
}

/** What a refusal is about. */
export interface ReplyVerdict {
  readonly class: FailureClass;
  readonly scope: FailureScope;
  /** Whether to try again. */
  readonly retry: "later" | "never";
  /** The name of the rule that decided, such as `gmail.over-quota`. */
  readonly rule: string;
  /** Where what the rule goes by is documented. */
  readonly source: string;
}

/**
 * All rules in the order in which they are tried: what one server is known to say before what many say, and words before codes,
 * except for enhanced codes that nobody gives by mistake.
 */
export const RULE_SETS: readonly RuleSet[] = [
  GMAIL,
  MICROSOFT,
  YAHOO,
  APPLE,
  ...REGIONAL_PROVIDERS,
  ...GATEWAYS,
  REPORTS,
  BLOCKLISTS,
  ...MAIL_SERVERS,
  WORDS_OF_TEMPORARY_FAILURES,
  PRECISE_STATUS_CODES,
  WORDS,
  VAGUE_STATUS_CODES,
  REPLY_CODES,
];

interface CompiledRule extends ReplyRule {
  readonly fullName: string;
  readonly from: string;
}

const RULES: readonly CompiledRule[] = RULE_SETS.flatMap(({ name, source, rules }) =>
  rules.map((rule) => ({ ...rule, fullName: `${name}.${rule.name}`, from: rule.source ?? source })),
);

/** The rules that a reply code leaves over, found once per code. */
const candidates = new Map<number | null, readonly CompiledRule[]>();

function rulesFor(code: number | null): readonly CompiledRule[] {
  const known = candidates.get(code);
  if (known !== undefined) return known;
  const found = RULES.filter(
    ({ codes, says, status }) =>
      codes === undefined ||
      // A rule that goes by the code alone says nothing where there is none.
      (code === null ? says !== undefined || status !== undefined : codes.includes(code)),
  );
  candidates.set(code, found);
  return found;
}

/** More than any server has to say; patterns run over it some hundreds of times. */
const MAX_TEXT = 1_000;

/**
 * What a refusal is about, by the first rule that matches it. Never throws; a text of any length costs the same, some tens of
 * microseconds.
 */
export function classifyReply({ code, enhanced, text }: FailureReply): ReplyVerdict {
  const isCode = code !== null && code >= 400 && code <= 599;
  const status = enhanced ?? "";
  const said = readable(text);
  const isPermanent = isCode ? code >= 500 : status.startsWith("5");
  for (const rule of rulesFor(isCode ? code : null)) {
    if (!hasStatus(status, rule.status) || !isSaid(said, rule.says)) continue;
    const kind = failureKind(rule.class);
    return {
      class: rule.class,
      scope: scopeOf(rule.scope ?? kind.scope, code),
      retry: rule.retry ?? kind.retry ?? (isPermanent ? "never" : "later"),
      rule: rule.fullName,
      source: rule.from,
    };
  }
  return {
    class: "unclassified",
    scope: scopeOf("recipient", code),
    retry: isPermanent ? "never" : "later",
    rule: "code.other",
    source: REPLY_CODES.source,
  };
}

/** RFC 5321 §3.8: after 421 the connection is closed, whatever it was said about. */
function scopeOf(scope: FailureScope, code: number | null): FailureScope {
  return code === 421 && (scope === "message" || scope === "recipient") ? "connection" : scope;
}

function hasStatus(status: string, wanted: ReplyRule["status"]): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? status.slice(2) === wanted : wanted.test(status);
}

function isSaid(said: string, wanted: ReplyRule["says"]): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? said.includes(wanted) : wanted.test(said);
}

/** Lower case and one line, without the codes that Gmail repeats in front of each, and without the words that addresses are made of. */
function readable(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/ [45]\d\d[- ][45]\.\d{1,3}\.\d{1,3}(?= )/g, "")
    .replace(/[^\s<>()[\]"',;:]{1,64}@[^\s<>()[\]"',;:]{1,255}/g, "@");
}
