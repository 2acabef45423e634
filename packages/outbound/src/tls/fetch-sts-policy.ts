import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { readStsPolicy, type StsPolicy } from "./sts-policy.ts";

/** What came of asking a domain for its policy; the failures are named as in RFC 8460 §4.3.2. */
export type FetchedSts =
  | { readonly kind: "policy"; readonly policy: StsPolicy }
  | {
      readonly kind: "failed";
      readonly result: "sts-policy-fetch-error" | "sts-policy-invalid" | "sts-webpki-invalid";
      readonly reason: string;
    };

/** Fetches the policy of a domain. Never rejects. */
export type FetchSts = (domain: string) => Promise<FetchedSts>;

/** RFC 8461 §3.3 suggests a minute; delivery waits for it, so not as long. */
const TIMEOUT_MS = 15_000;
/** RFC 8461 §3.3: at least this much should be read. */
const MAX_BYTES = 64 * 1024;
const TLS_CODES = /^(?:ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|ERR_SSL|HOSTNAME_MISMATCH)/;

/**
 * Asks `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461 §3.3): trusted certificate, status 200, `text/plain`, no
 * redirects.
 *
 * Attack: server-side request forgery. Whoever we mail names this host; where `lookup` refuses internal addresses, it leads nowhere
 * that only this machine reaches.
 *
 * @param options.ca trusted in place of the public authorities (PEM)
 * @param options.port of the policy host, 443 unless a test says otherwise
 */
export function createStsFetch(options: {
  readonly lookup: LookupFunction;
  readonly ca?: string;
  readonly port?: number;
  readonly timeoutMs?: number;
}): FetchSts {
  const { lookup, ca, port = 443, timeoutMs = TIMEOUT_MS } = options;
  return (domain) =>
    new Promise((resolve) => {
      const fail = (reason: string, result: Extract<FetchedSts, { kind: "failed" }>["result"]): void =>
        resolve({ kind: "failed", result, reason });
      const host = `mta-sts.${domain}`;
      if (isIP(domain) !== 0) {
        fail("an address has no policy", "sts-policy-fetch-error");
        return;
      }
      const asking = request(
        {
          host,
          port,
          path: "/.well-known/mta-sts.txt",
          method: "GET",
          headers: { accept: "text/plain", "user-agent": "Waxwing-MTA-STS/1" },
          servername: host,
          minVersion: "TLSv1.2",
          lookup,
          agent: false,
          signal: AbortSignal.timeout(timeoutMs),
          ...(ca === undefined ? {} : { ca }),
        },
        (answer) => {
          const { statusCode = 0, headers } = answer;
          const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
          // RFC 8461 §3.3: redirects must not be followed.
          if (statusCode !== 200) {
            answer.destroy();
            fail(`the policy host answered ${statusCode}`, "sts-policy-fetch-error");
            return;
          }
          if (type !== "text/plain") {
            answer.destroy();
            fail(`the policy is of type ${type ?? "none"}, not text/plain`, "sts-policy-invalid");
            return;
          }
          const chunks: Buffer[] = [];
          let size = 0;
          answer.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > MAX_BYTES) answer.destroy(new Error("the policy is larger than 64 KB"));
            else chunks.push(chunk);
          });
          answer.on("error", (error) => fail(error.message, "sts-policy-fetch-error"));
          answer.on("end", () => {
            const policy = readStsPolicy(Buffer.concat(chunks).toString("utf8"));
            if (typeof policy === "string") fail(policy, "sts-policy-invalid");
            else resolve({ kind: "policy", policy });
          });
        },
      );
      asking.on("error", (error: Error & { readonly code?: string }) => {
        const isTls = TLS_CODES.test(error.code ?? "");
        fail(error.message, isTls ? "sts-webpki-invalid" : "sts-policy-fetch-error");
      });
      asking.end();
    });
}
