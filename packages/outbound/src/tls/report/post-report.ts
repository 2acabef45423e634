import { request } from "node:https";
import type { LookupFunction } from "node:net";

/** Posts a report. Resolves to what went wrong, null where it was taken. Never rejects. */
export type PostReport = (url: string, gzip: Buffer) => Promise<string | null>;

const TIMEOUT_MS = 30_000;

/**
 * RFC 8460 §5.4: an HTTPS POST, which any 2xx answers for. Redirects are not followed.
 *
 * @param options.lookup refuses what must not be reached: whoever we mail chooses the URL
 * @param options.ca trusted in place of the public authorities (PEM)
 */
export function createReportPost(options: {
  readonly lookup: LookupFunction;
  readonly ca?: string;
}): PostReport {
  const { lookup, ca } = options;
  return (url, gzip) =>
    new Promise((resolve) => {
      const asking = request(
        url,
        {
          method: "POST",
          headers: {
            "content-type": "application/tlsrpt+gzip",
            "content-length": gzip.length,
            "user-agent": "Waxwing-TLSRPT/1",
          },
          minVersion: "TLSv1.2",
          lookup,
          agent: false,
          signal: AbortSignal.timeout(TIMEOUT_MS),
          ...(ca === undefined ? {} : { ca }),
        },
        (answer) => {
          const { statusCode = 0 } = answer;
          answer.on("error", () => undefined);
          answer.destroy();
          resolve(statusCode >= 200 && statusCode < 300 ? null : `it answered ${statusCode}`);
        },
      );
      asking.on("error", (error) => resolve(error.message));
      asking.end(gzip);
    });
}
