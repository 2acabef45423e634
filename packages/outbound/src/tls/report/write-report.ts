import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { formatDate } from "@waxwing/message";
import type { DueTlsReport } from "@waxwing/store";

/** A report of one day for one domain. */
export interface WrittenReport {
  /** The same whenever this report is written: a repetition is known for one. */
  readonly id: string;
  readonly fileName: string;
  /** The JSON of RFC 8460 §4.4, compressed. */
  readonly gzip: Buffer;
}

/** Who reports. */
export interface ReportSender {
  /** The address it comes from, which is also whom to ask. */
  readonly from: string;
  /** Our host name. */
  readonly hostname: string;
}

/** Writes the report (RFC 8460 §4.4). */
export function writeReport({ day, domain, results }: DueTlsReport, sender: ReportSender): WrittenReport {
  const start = Date.parse(`${day}T00:00:00Z`);
  const end = start + 86_400_000 - 1_000;
  const seed = createHash("sha256").update(`${day} ${domain}`).digest("hex").slice(0, 16);
  const id = `${day}-${seed}@${sender.hostname}`;
  const policies = Map.groupBy(results, ({ policy }) => JSON.stringify(policy));
  const report = {
    "organization-name": domainOf(sender.from),
    "date-range": { "start-datetime": instant(start), "end-datetime": instant(end) },
    "contact-info": sender.from,
    "report-id": id,
    policies: [...policies.values()].map((sessions) => ({
      policy: sessions[0]?.policy,
      summary: {
        "total-successful-session-count": countOf(sessions.filter(({ failure }) => failure === null)),
        "total-failure-session-count": countOf(sessions.filter(({ failure }) => failure !== null)),
      },
      "failure-details": sessions.flatMap(({ failure, sessions: count }) =>
        typeof failure === "object" && failure !== null
          ? [{ ...failure, "failed-session-count": count }]
          : [],
      ),
    })),
  };
  return {
    id,
    // RFC 8460 §5.1
    fileName: `${sender.hostname}!${domain}!${start / 1_000}!${end / 1_000}!${seed}.json.gz`,
    gzip: gzipSync(JSON.stringify(report)),
  };
}

/** Puts the report into a message (RFC 8460 §5.3). */
export function reportMime(
  report: WrittenReport,
  envelope: ReportSender & { readonly to: readonly string[]; readonly domain: string; readonly date: Date },
): Buffer {
  const { from, hostname, to, domain, date } = envelope;
  const boundary = `=_t${createHash("sha256").update(report.id).digest("hex").slice(0, 24)}`;
  const lines = [
    `From: ${from}`,
    `To: ${to.join(",\r\n ")}`,
    `Subject: Report Domain: ${domain}\r\n Submitter: ${hostname}\r\n Report-ID: <${report.id}>`,
    `Date: ${formatDate(date)}`,
    `Message-ID: <${report.id}>`,
    "Auto-Submitted: auto-generated", // RFC 3834 §5
    `TLS-Report-Domain: ${domain}`,
    `TLS-Report-Submitter: ${hostname}`,
    "TLS-Required: No", // RFC 8689 §5: it may be about the very server it goes to
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type="tlsrpt";\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "",
    `This is an aggregate report on the TLS of mail from ${hostname} to ${domain} (RFC 8460).`,
    "",
    `--${boundary}`,
    "Content-Type: application/tlsrpt+gzip",
    "Content-Transfer-Encoding: base64",
    `Content-Disposition: attachment;\r\n filename="${report.fileName}"`,
    "",
    (report.gzip.toString("base64").match(/.{1,76}/g) ?? []).join("\r\n"),
    `--${boundary}--`,
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}

const countOf = (results: DueTlsReport["results"]): number =>
  results.reduce((sum, { sessions }) => sum + sessions, 0);

/** RFC 8460 §4.2 wants no fractions of seconds. */
const instant = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);
