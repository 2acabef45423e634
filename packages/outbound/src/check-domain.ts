import { boundResolver } from "@waxwing/seal";
import type { DkimKey, Domain, StoredDomainCheck, StoredRecordVerdict } from "@waxwing/store";
import { type DomainRecord, domainRecords } from "./domain-records.ts";
import { createLookUp, type LookUp, type RecordResolver } from "./record-lookup.ts";
import { inspectSpf, SPF_MAX_LOOKUPS } from "./spf-record.ts";

/** All look-ups of one check together; a hostile zone may answer slowly. */
const CHECK_TIMEOUT_MS = 10_000;
/** What a zone holds is kept and shown; a hostile one may hold a lot. */
const MAX_FOUND = 5;
const MAX_FOUND_CHARS = 1_000;
/** RFC 7489 §6.6.3 looks at the organisational domain; walking up finds it without a list of public suffixes. */
const MAX_DMARC_LEVELS = 5;

type Finding = Pick<StoredRecordVerdict, "verdict" | "advice"> & { readonly found: readonly string[] };

/** What the DNS says of a domain. `seenKeyIds`: the keys whose record is right, which proves that the domain is its owner's. */
export interface DomainCheck {
  readonly check: StoredDomainCheck;
  readonly seenKeyIds: readonly string[];
}

/** Looks at every record of a domain. Never rejects: a look-up that fails is a verdict of its own. */
export async function checkDomain(options: {
  readonly domain: Pick<Domain, "name" | "returnPathHost">;
  /** Not retired. */
  readonly keys: readonly Pick<DkimKey, "id" | "selector" | "dnsRecord">[];
  readonly hostname: string;
  /** As `domainRecords` takes it. */
  readonly linkHost: string | null;
  readonly resolver: RecordResolver;
  readonly nowMs: number;
  /** Ends look-ups under way. */
  readonly signal?: AbortSignal | undefined;
}): Promise<DomainCheck> {
  const { domain, keys, hostname, linkHost, resolver, nowMs, signal } = options;
  using bound = boundResolver(resolver, { timeoutMs: CHECK_TIMEOUT_MS, signal });
  const lookUp = createLookUp(bound.resolve);
  const records = await Promise.all(
    domainRecords(domain, keys, hostname, linkHost).map(async (record): Promise<StoredRecordVerdict> => {
      const { purpose, type, name, expected } = record;
      const finding = await checkRecord(record, domain.name, hostname, lookUp);
      const found = finding.found.slice(0, MAX_FOUND).map(storable);
      return { purpose, type, name, expected, ...finding, found };
    }),
  );
  const right = new Set(records.filter(({ verdict }) => verdict === "ok").map(({ name }) => name));
  return {
    check: { checkedAt: new Date(nowMs).toISOString(), records },
    seenKeyIds: keys
      .filter(({ selector }) => right.has(`${selector}._domainkey.${domain.name}`))
      .map(({ id }) => id),
  };
}

function checkRecord(
  record: DomainRecord,
  domain: string,
  hostname: string,
  lookUp: LookUp,
): Promise<Finding> {
  switch (record.purpose) {
    case "dkim":
      return checkDkim(record, lookUp);
    case "return-path-mx":
    case "inbound-mx":
      return checkMx(record, hostname, lookUp);
    case "return-path-spf":
      return checkSpf(record, hostname, lookUp);
    case "dmarc":
      return checkDmarc(record, domain, lookUp);
    case "tracking":
      return checkCname(record, lookUp);
  }
}

async function checkDkim(record: DomainRecord, lookUp: LookUp): Promise<Finding> {
  const answer = await lookUp<readonly string[]>(record.name, "TXT");
  if (answer.kind !== "found") return notFound(record, answer);
  const found = answer.values.map((strings) => strings.join(""));
  const wanted = keyOf(record.expected);
  const keys = found.map(keyOf).filter((key) => key !== null);
  // RFC 6376 §3.6.2.2: with several records at a name the result is undefined.
  if (keys.length > 1) {
    return {
      found,
      verdict: "mismatch",
      advice: `${record.name} has several keys; leave only the expected one.`,
    };
  }
  const [key] = keys;
  if (key === undefined) return { found, verdict: "mismatch", advice: `${record.name} holds no DKIM key.` };
  if (key === wanted) return { found, verdict: "ok", advice: null };
  return {
    found,
    verdict: "mismatch",
    advice: `${record.name} holds another key, or a part of it: replace it by the expected value, which may be cut into strings of 255 characters.`,
  };
}

/** Type and public key of a key record (RFC 6376 §3.6.1), in one text; null when it is none. */
function keyOf(text: string): string | null {
  const tags = new Map(
    text.split(";").map((tag) => {
      const [name = "", ...value] = tag.split("=");
      return [name.trim().toLowerCase(), value.join("=").replace(/\s+/g, "")] as const;
    }),
  );
  const key = tags.get("p");
  return key === undefined ? null : `${(tags.get("k") ?? "rsa").toLowerCase()} ${key}`;
}

async function checkMx(record: DomainRecord, hostname: string, lookUp: LookUp): Promise<Finding> {
  const answer = await lookUp<{ readonly exchange: string; readonly priority: number }>(record.name, "MX");
  if (answer.kind !== "found") return notFound(record, answer);
  const sorted = answer.values.toSorted((a, b) => a.priority - b.priority);
  const found = sorted.map(({ exchange, priority }) => `${priority} ${exchange}`);
  const hosts = sorted.map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ""));
  if (hosts.every((host) => host === hostname)) return { found, verdict: "ok", advice: null };
  return {
    found,
    verdict: "mismatch",
    advice: hosts.includes(hostname)
      ? `Some of the mail to ${record.name} goes to another server: leave only ${hostname}.`
      : `Mail to ${record.name} goes to another server: point its MX to ${hostname}.`,
  };
}

async function checkCname(record: DomainRecord, lookUp: LookUp): Promise<Finding> {
  const answer = await lookUp<string>(record.name, "CNAME");
  if (answer.kind !== "found") return notFound(record, answer);
  const found = answer.values.map((name) => name.toLowerCase().replace(/\.$/, ""));
  if (found.includes(record.expected)) return { found, verdict: "ok", advice: null };
  return {
    found,
    verdict: "mismatch",
    advice: `${record.name} leads elsewhere: point it to ${record.expected}.`,
  };
}

async function checkSpf(record: DomainRecord, hostname: string, lookUp: LookUp): Promise<Finding> {
  const own = await Promise.all([lookUp<string>(hostname, "A"), lookUp<string>(hostname, "AAAA")]);
  const addresses = own.flatMap((answer) => (answer.kind === "found" ? answer.values : []));
  const {
    records: found,
    lookups,
    authorises,
    failed,
  } = await inspectSpf(record.name, { hostname, addresses }, lookUp);
  if (failed && !(authorises && lookups <= SPF_MAX_LOOKUPS))
    return notFound(record, { kind: "failed", code: "DNS" });
  if (found.length === 0) return notFound(record, { kind: "none" });
  const mismatch = (advice: string): Finding => ({ found, verdict: "mismatch", advice });
  // RFC 7208 §4.5: more than one is an error.
  if (found.length > 1) return mismatch(`${record.name} has several SPF records: make one of them.`);
  if (lookups > SPF_MAX_LOOKUPS) {
    return mismatch(
      `The SPF record needs more than ${SPF_MAX_LOOKUPS} look-ups, so receivers ignore it (RFC 7208 section 4.6.4): remove includes.`,
    );
  }
  if (!authorises) return mismatch(`The SPF record does not let ${hostname} send: add a:${hostname} to it.`);
  return { found, verdict: "ok", advice: null };
}

async function checkDmarc(record: DomainRecord, domain: string, lookUp: LookUp): Promise<Finding> {
  const labels = domain.split(".");
  for (let level = 0; level < MAX_DMARC_LEVELS && labels.length - level >= 2; level++) {
    const name = `_dmarc.${labels.slice(level).join(".")}`;
    const answer = await lookUp<readonly string[]>(name, "TXT");
    if (answer.kind === "failed") return notFound(record, answer);
    const texts = answer.kind === "found" ? answer.values.map((strings) => strings.join("")) : [];
    const found = texts.filter((text) => /^v=DMARC1\s*(?:;|$)/.test(text));
    const [policy] = found;
    if (policy === undefined) continue;
    // RFC 7489 §6.6.3: with several, there is none.
    if (found.length > 1) {
      return { found, verdict: "mismatch", advice: `${name} has several DMARC records: leave one.` };
    }
    if (!/;\s*p\s*=\s*(?:none|quarantine|reject)\s*(?:;|$)/i.test(policy)) {
      return { found, verdict: "mismatch", advice: `The DMARC record at ${name} has no policy: add p=none.` };
    }
    // Our signatures are of the domain itself, so adkim=s is met too; the return path is a host below it, which aspf=s is not.
    const strictSpf = /;\s*aspf\s*=\s*s\s*(?:;|$)/i.test(policy);
    return {
      found,
      verdict: "ok",
      advice: strictSpf
        ? "With aspf=s only DKIM aligns, not SPF. That is enough while every message is signed."
        : null,
    };
  }
  return notFound(record, { kind: "none" });
}

function notFound(
  record: DomainRecord,
  answer: { readonly kind: "none" } | { readonly kind: "failed"; readonly code: string },
): Finding {
  if (answer.kind === "failed") {
    return {
      found: [],
      verdict: "error",
      advice: `The look-up failed (${answer.code}); try again, and look at the domain's name servers if it stays so.`,
    };
  }
  return {
    found: [],
    verdict: "missing",
    advice: `Add a ${record.type} record at ${record.name}: ${record.expected}`,
  };
}

/** PostgreSQL holds neither NUL nor half characters. */
function storable(text: string): string {
  return text.slice(0, MAX_FOUND_CHARS).replaceAll("\0", "\ufffd").toWellFormed();
}
