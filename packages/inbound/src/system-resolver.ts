import { Resolver as DnsResolver } from "node:dns/promises";
import type { Clock } from "@waxwing/runtime";
import type { Resolver } from "@waxwing/seal";
import { rememberAnswers } from "./remember-answers.ts";

/** Of one query to one server; two tries of it fit into the 5 s that the checks of one message have. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;

/**
 * How long answers hold. Node does not tell the TTL of a TXT record; few have a shorter one. That there is no record holds for less:
 * people send a message to see whether the record that they have just published is found.
 */
const KEPT_MS = 60_000;
const NOTHING_KEPT_MS = 10_000;

/** RFC 6761 §6: these names are in no DNS by definition; asking would only tell the resolver what we test. */
const NOWHERE = /(?:^|\.)(?:test|localhost|invalid)\.?$/i;

/** No such name, or no such record at it: answers, as good as any (RFC 2308). Everything else may be different the next time. */
const NOTHING: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ENODATA"]);

type Answer = { readonly records: unknown } | { readonly code: string };

/**
 * Looks up records for the checks of SPF, DKIM, DMARC and ARC over the given resolvers, null for the system's, and remembers them for
 * a minute.
 */
export function createSystemResolver(servers: readonly string[] | null, clock: Clock): Resolver {
  const dns = new DnsResolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== null) dns.setServers([...servers]);
  const ask = async (question: string): Promise<Answer> => {
    const [rrtype = "", name = ""] = question.split(" ");
    try {
      return { records: await dns.resolve(name, rrtype) };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (typeof code === "string" && NOTHING.has(code)) return { code };
      throw error;
    }
  };
  const keptMs = (answer: Answer): number => ("records" in answer ? KEPT_MS : NOTHING_KEPT_MS);
  const remembered = rememberAnswers(ask, { keptMs, clock });
  return async (name, rrtype) => {
    if (NOWHERE.test(name)) throw notFound("ENOTFOUND", name, rrtype);
    const answer = await remembered(`${rrtype} ${name.toLowerCase()}`);
    // A new one for each who asks: mailauth writes what it makes of an error into it.
    if ("code" in answer) throw notFound(answer.code, name, rrtype);
    return answer.records;
  };
}

const notFound = (code: string, name: string, rrtype: string): Error =>
  Object.assign(new Error(`query${rrtype} ${code} ${name}`), { code });
