import { createIpFilter } from "@waxwing/runtime";
import type { LookUp } from "./record-lookup.ts";

/** What an SPF record means for us. `lookups` stops counting a little above the limit. */
export interface SpfFinding {
  readonly records: readonly string[];
  readonly lookups: number;
  readonly authorises: boolean;
  /** A look-up that failed: what is not known is not called wrong. */
  readonly failed: boolean;
}

/** RFC 7208 §4.6.4. */
export const SPF_MAX_LOOKUPS = 10;

// RFC 7208 §4.6.1 and §5; modifiers other than redirect mean nothing to us.
const TERM = /^([+?~-]?)(include|a|mx|ptr|exists|ip4|ip6)(?:[:](.+?))?(\/.*)?$|^(redirect)=(.+)$/i;

/** Reads the SPF record of `name` with all that it includes, and finds whether it lets the server `hostname` send. */
export async function inspectSpf(
  name: string,
  server: { readonly hostname: string; readonly addresses: readonly string[] },
  lookUp: LookUp,
): Promise<SpfFinding> {
  let lookups = 0;
  let authorises = false;
  let failed = false;

  const ask = async <T>(host: string, type: "A" | "AAAA" | "MX" | "TXT"): Promise<readonly T[]> => {
    const answer = await lookUp<T>(host, type);
    if (answer.kind === "failed") failed = true;
    return answer.kind === "found" ? answer.values : [];
  };
  const isOurs = async (host: string): Promise<boolean> => {
    if (host.toLowerCase().replace(/\.$/, "") === server.hostname) return true;
    const own = new Set(server.addresses);
    const found = [...(await ask<string>(host, "A")), ...(await ask<string>(host, "AAAA"))];
    return found.some((address) => own.has(address));
  };

  const recordsOf = async (host: string): Promise<readonly string[]> =>
    (await ask<readonly string[]>(host, "TXT"))
      .map((strings) => strings.join(""))
      .filter((text) => /^v=spf1(?: |$)/i.test(text));

  const walk = async (host: string, record: string): Promise<void> => {
    for (const term of record.split(/ +/).slice(1)) {
      if (lookups > SPF_MAX_LOOKUPS) return;
      const [, qualifier = "", mechanism = "", value, , redirect, redirectTo] = TERM.exec(term) ?? [];
      const kind = (redirect ?? mechanism).toLowerCase();
      const target = redirectTo ?? value ?? host;
      if (kind === "ip4" || kind === "ip6") {
        const range = term.slice(term.indexOf(":") + 1);
        if (isPass(qualifier) && server.addresses.some(createIpFilter([range]))) authorises = true;
        continue;
      }
      if (kind === "") continue;
      lookups++;
      // A macro's value depends on the message.
      if (target.includes("%")) continue;
      if (kind === "include" || kind === "redirect") {
        const [included, ...others] = await recordsOf(target);
        if (included !== undefined && others.length === 0) await walk(target, included);
      } else if (kind === "a") {
        if (isPass(qualifier) && (await isOurs(target))) authorises = true;
      } else if (kind === "mx" && isPass(qualifier)) {
        const exchanges = await ask<{ readonly exchange: string }>(target, "MX");
        for (const { exchange } of exchanges.slice(0, 10)) if (await isOurs(exchange)) authorises = true;
      }
    }
  };

  const records = await recordsOf(name);
  if (records.length === 1 && records[0] !== undefined) await walk(name, records[0]);
  return { records, lookups, authorises, failed };
}

const isPass = (qualifier: string): boolean => qualifier === "" || qualifier === "+";
