import { domainToASCII } from "node:url";
import type { SmtpExtensions } from "./extensions.ts";
import { SMTP_CLIENT_LIMITS } from "./limits.ts";

/** What one transaction says before DATA. */
export interface OutgoingEnvelope {
  /** `""` is the null reverse-path. */
  readonly reversePath: string;
  /** At least one. */
  readonly recipients: readonly OutgoingRecipient[];
  /** The message has octets above 127. */
  readonly body8bit?: boolean;
  /** Its header has UTF-8 in places where only RFC 6532 allows it; addresses are looked at here. */
  readonly smtpUtf8?: boolean;
  /** RFC 8689: then the server must offer REQUIRETLS, and the connection have TLS. Whose certificate it is, is the TLS policy's matter. */
  readonly requireTls?: boolean;
  /** RFC 3461; left out where the server does not offer DSN, which the caller can see in the extensions. `envid` is xtext. */
  readonly dsn?: { readonly ret?: "FULL" | "HDRS"; readonly envid?: string };
}

/** A forward-path. `orcpt` is `type;xtext` (RFC 3461 §4.2). */
export interface OutgoingRecipient {
  readonly address: string;
  readonly notify?: readonly ("NEVER" | "SUCCESS" | "FAILURE" | "DELAY")[];
  readonly orcpt?: string;
}

/** Why a message cannot be handed to this server, whatever the server says: no command was sent. `enhanced` is RFC 3463's code for it. */
export interface Unsendable {
  readonly kind: "unsendable";
  readonly reason:
    | "bad-address"
    | "bad-parameter"
    | "too-large"
    | "too-many-recipients"
    | "needs-smtputf8"
    | "needs-requiretls";
  readonly enhanced: string;
  readonly text: string;
}

const unsendable = (reason: Unsendable["reason"], enhanced: string, text: string): Unsendable => ({
  kind: "unsendable",
  reason,
  enhanced,
  text,
});

/** The commands of a transaction, line ends included: MAIL, a RCPT for each recipient, DATA. */
export interface EnvelopeCommands {
  readonly kind: "commands";
  readonly mail: string;
  readonly rcpt: readonly string[];
}

// A line end in an address would be a command of its own (injection), a blank or ">" a parameter. Quoted, blanks and brackets are text.
const ADDRESS = /^(?:[^\p{Cc}\s<>"\\]|"(?:[^\p{Cc}"\\]|\\[^\p{Cc}])*")*$/u;
const NOT_ASCII = /\P{ASCII}/u;
// RFC 5321 §4.1.2 esmtp-value, which xtext and `type;xtext` are.
const PARAMETER = /^[!-<>-~]{1,500}$/;

/** Writes the commands that this server can take, or says why there are none. */
export function writeEnvelope(
  envelope: OutgoingEnvelope,
  sizeBytes: number,
  offered: SmtpExtensions,
  tls: boolean,
): EnvelopeCommands | Unsendable {
  const { recipients, dsn } = envelope;
  if (offered.sizeBytes !== null && offered.sizeBytes > 0 && sizeBytes > offered.sizeBytes)
    return unsendable(
      "too-large",
      "5.3.4",
      `the message has ${sizeBytes} octets, and the server takes ${offered.sizeBytes}`,
    );
  if (offered.rcptMax !== null && recipients.length > offered.rcptMax)
    return unsendable(
      "too-many-recipients",
      "4.5.3",
      `the server takes ${offered.rcptMax} recipients at a time`,
    );
  if (envelope.requireTls === true && !(tls && offered.requireTls))
    return unsendable(
      "needs-requiretls",
      "5.7.30",
      "the message asks for REQUIRETLS and the server has none",
    ); // RFC 8689 §4.2.1

  let utf8 = envelope.smtpUtf8 === true;
  const paths: string[] = [];
  for (const address of [envelope.reversePath, ...recipients.map((recipient) => recipient.address)]) {
    if (Buffer.byteLength(address) > SMTP_CLIENT_LIMITS.addressOctets || !ADDRESS.test(address))
      return unsendable("bad-address", "5.1.3", "an address has characters that no command can carry");
    const path = offered.smtpUtf8 ? address : withAsciiDomain(address);
    utf8 ||= NOT_ASCII.test(path);
    paths.push(path);
  }
  if (utf8 && !offered.smtpUtf8)
    return unsendable("needs-smtputf8", "5.6.7", "an address is not ASCII, and the server has no SMTPUTF8"); // RFC 6531 §3.2

  let mail = `MAIL FROM:<${paths[0]}>`;
  if (offered.sizeBytes !== null) mail += ` SIZE=${sizeBytes}`; // RFC 1870 §6
  // Deviation: RFC 6152 §3 forbids octets above 127 where 8BITMIME is not offered. Such servers take them all the same, and a message
  // converted here would lose its signature.
  if (envelope.body8bit === true && offered.eightBitMime) mail += " BODY=8BITMIME";
  if (utf8) mail += " SMTPUTF8";
  if (envelope.requireTls === true) mail += " REQUIRETLS";
  if (offered.dsn && dsn !== undefined) {
    if (dsn.ret !== undefined) mail += ` RET=${dsn.ret}`;
    if (dsn.envid !== undefined) {
      if (!PARAMETER.test(dsn.envid)) return unsendable("bad-parameter", "5.5.4", "ENVID is not xtext");
      mail += ` ENVID=${dsn.envid}`;
    }
  }
  const rcpt: string[] = [];
  for (const [index, { notify, orcpt }] of recipients.entries()) {
    let line = `RCPT TO:<${paths[index + 1]}>`;
    if (offered.dsn && notify !== undefined && notify.length > 0) line += ` NOTIFY=${notify.join(",")}`;
    if (offered.dsn && orcpt !== undefined) {
      if (!PARAMETER.test(orcpt)) return unsendable("bad-parameter", "5.5.4", "ORCPT is not xtext");
      line += ` ORCPT=${orcpt}`;
    }
    rcpt.push(`${line}\r\n`);
  }
  return { kind: "commands", mail: `${mail}\r\n`, rcpt };
}

/** RFC 5891: the ASCII form of a domain reaches servers that know nothing of SMTPUTF8. A domain that has none stays as it is. */
function withAsciiDomain(address: string): string {
  if (!NOT_ASCII.test(address)) return address;
  const at = address.lastIndexOf("@");
  const ascii = domainToASCII(address.slice(at + 1));
  return ascii === "" ? address : `${address.slice(0, at)}@${ascii}`;
}
