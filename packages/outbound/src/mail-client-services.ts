/** A door for mail programs, as the world sees it. */
export interface MailClientService {
  readonly door: "imaps" | "imap" | "pop3s" | "pop3" | "submissions" | "submission";
  /** The label of its SRV record (RFC 6186 §3, RFC 8314 §5.1). */
  readonly label: string;
  /** The standard port: what we listen at may lie behind another one. */
  readonly port: number;
  readonly protocol: "imap" | "pop3" | "smtp";
  readonly tls: "implicit" | "starttls";
}

/** A record that lets mail programs find the servers of a domain by themselves. */
export interface MailClientRecord {
  readonly type: "SRV";
  readonly name: string;
  readonly expected: string;
  readonly why: string;
}

/** All doors, the better ones first: RFC 8314 §3.3 prefers implicit TLS. */
const SERVICES: readonly MailClientService[] = [
  { door: "imaps", label: "_imaps._tcp", port: 993, protocol: "imap", tls: "implicit" },
  { door: "imap", label: "_imap._tcp", port: 143, protocol: "imap", tls: "starttls" },
  { door: "pop3s", label: "_pop3s._tcp", port: 995, protocol: "pop3", tls: "implicit" },
  { door: "pop3", label: "_pop3._tcp", port: 110, protocol: "pop3", tls: "starttls" },
  { door: "submissions", label: "_submissions._tcp", port: 465, protocol: "smtp", tls: "implicit" },
  { door: "submission", label: "_submission._tcp", port: 587, protocol: "smtp", tls: "starttls" },
];

/** Those of the doors that are open, the ones to prefer first. */
export function mailClientServices(
  isOpen: (door: MailClientService["door"]) => boolean,
): readonly MailClientService[] {
  return SERVICES.filter(({ door }) => isOpen(door));
}

/**
 * SRV records for mail programs that look for them (RFC 6186, RFC 8314 §5.1). They are advice: nothing else depends on them.
 *
 * @param hostname where the doors are
 */
export function mailClientRecords(
  domain: string,
  hostname: string,
  services: readonly MailClientService[],
): readonly MailClientRecord[] {
  return services.map(({ label, port, protocol, tls }, index) => ({
    type: "SRV",
    name: `${label}.${domain}`,
    // RFC 2782: priority, weight, port, target. RFC 6186 §3.3: the lower priority is preferred between IMAP and POP3.
    expected: `${index * 10} 1 ${port} ${hostname}`,
    why: `Lets mail programs find ${NAMES[protocol]} with ${tls === "implicit" ? "TLS" : "STARTTLS"} by themselves (RFC 6186, RFC 8314).`,
  }));
}

const NAMES = { imap: "IMAP", pop3: "POP3", smtp: "submission" } as const;
