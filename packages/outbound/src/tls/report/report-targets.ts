import { parseMailbox } from "@waxwing/message";
import type { Clock } from "@waxwing/runtime";
import type { LookUp } from "../../record-lookup.ts";
import { createBoundedCache } from "../bounded-cache.ts";

/** Where a domain wants reports on TLS to go (RFC 8460 §3). */
export type ReportTargets =
  | { readonly kind: "targets"; readonly mailboxes: readonly string[]; readonly urls: readonly string[] }
  /** It wants none, or says so in a way that nobody understands. */
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly reason: string };

/** Finds the targets of a domain. Never rejects; the answer may be an hour old. */
export type ReportTargetLookup = (domain: string) => Promise<ReportTargets>;

const KEPT_MS = 3_600_000;
const FAILED_MS = 60_000;
/** Nobody needs more, and each is a mail that we send. */
const MAX_TARGETS = 4;

/** Asks for the TXT record at `_smtp._tls.<domain>`. */
export function createReportTargetLookup(options: {
  readonly lookUp: LookUp;
  readonly clock: Clock;
}): ReportTargetLookup {
  const { lookUp, clock } = options;
  const cache = createBoundedCache<ReportTargets>({
    clock,
    keepMs: ({ kind }) => (kind === "failed" ? FAILED_MS : KEPT_MS),
  });
  return (domain) =>
    cache(domain, async () => {
      const answer = await lookUp<readonly string[]>(`_smtp._tls.${domain}`, "TXT");
      if (answer.kind === "failed") return { kind: "failed", reason: answer.code };
      return answer.kind === "none" ? { kind: "none" } : readReportRecord(answer.values);
    });
}

/** Reads the TXT records (RFC 8460 §3): there must be exactly one that is of this version. */
export function readReportRecord(records: readonly (readonly string[])[]): ReportTargets {
  const texts = records.map((strings) => strings.join("")).filter((text) => /^v=TLSRPTv1[ \t]*;/.test(text));
  const [text] = texts;
  if (text === undefined || texts.length !== 1) return { kind: "none" };
  const uris = /;[ \t]*rua[ \t]*=([^;]*)/.exec(text)?.[1]?.split(",").slice(0, MAX_TARGETS) ?? [];
  const read = uris.map((uri) => readUri(uri.trim()));
  const mailboxes = read.flatMap((target) => (target?.kind === "mailbox" ? [target.address] : []));
  const urls = read.flatMap((target) => (target?.kind === "url" ? [target.url] : []));
  return mailboxes.length + urls.length === 0 ? { kind: "none" } : { kind: "targets", mailboxes, urls };
}

type Target =
  | { readonly kind: "mailbox"; readonly address: string }
  | { readonly kind: "url"; readonly url: string };

function readUri(uri: string): Target | null {
  const url = URL.parse(uri);
  if (url === null) return null;
  if (url.protocol === "https:") {
    return url.username === "" && url.password === "" ? { kind: "url", url: url.href } : null;
  }
  if (url.protocol !== "mailto:") return null;
  try {
    // RFC 6068 §2; what stands after a question mark is nothing we would send.
    const parsed = parseMailbox(decodeURIComponent(url.pathname));
    return parsed.kind === "invalid" ? null : { kind: "mailbox", address: parsed.address };
  } catch {
    return null;
  }
}
