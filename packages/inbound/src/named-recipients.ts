/** A recipient that a report in prose names, and where. */
export interface NamedRecipient {
  readonly address: string;
  /** Index of its line. */
  readonly line: number;
  /** What stands behind it on its line. */
  readonly rest: string;
}

/** Like reports by RFC 3464; nobody lists more in prose. */
const MAX_RECIPIENTS = 1_000;

/** Full-width brackets, colons and stops stand beside addresses in Chinese and Japanese. */
const BREAKS = String.raw`\s<>()[\]"',;:|=@\uff08\uff09\uff1a\uff0c\uff1b\u3001\u3002\u300a-\u3011\u201c\u201d`;

const ADDRESS = `([^${BREAKS}]{1,64}@[^${BREAKS}]{1,253})`;

/**
 * How reports name a recipient, the surest way first: a line of its own, a line that begins with it, a label before it, a reply or
 * a command that quotes it, a sentence about it, and at last any address at all.
 */
const WAYS: readonly (readonly RegExp[])[] = [
  [
    new RegExp(
      String.raw`^[\s>*•·–|-]{0,20}(?:recipients?(?: address)?|final-recipient|original-recipient|original address|failed (?:recipient|address)|addressee|rcpt to|rcpt|destinatari[oa]s?|destinataires?|empfänger|ontvangers?|mottagare|modtager|vastaanottaja|odbiorca|příjemce|címzett|alıcı|получател[ья]|адресат|收件人(?:地址|邮箱)?|收件者|受信者|수신자|받는 ?사람)\s{0,4}[:\uff1a=]\s{0,20}(?:rfc822;|smtp:)?\s{0,4}["'<(]{0,2}${ADDRESS}(.*)$`,
      "i",
    ),
    new RegExp(
      String.raw`^[\s>*•·–|"'(<[-]{0,30}(?:smtp:|rfc822;\s?)?${ADDRESS}[>"')\]]{0,3}\s{0,4}[:,;.]{0,3}\s*()$`,
      "i",
    ),
    new RegExp(
      String.raw`^[\s*•·-]{0,20}["'<(]{0,3}(?:smtp:)?${ADDRESS}[>"')\]]{0,3}(\s{0,4}[:,;(–—].*|\.{3}.*|\s{1,4}(?:on|invalid|unknown|was|is|does|user|mailbox|failed|rejected|not|-)\b.*)$`,
      "i",
    ),
    new RegExp(String.raw`^[\s\w./\\,=-]{0,80}\bsmtp=${ADDRESS}(\s.*)$`, "i"),
  ],
  [
    new RegExp(String.raw`rcpt to:\s{0,4}<?${ADDRESS}()`, "i"),
    new RegExp(String.raw`(?:^|[\s:>])[45]\d\d[ -][^<@]{0,40}<${ADDRESS}(>.*)$`, "i"),
    new RegExp(
      String.raw`(?:unknown user|user unknown|no such user|delivered to|deliver(?:y)?(?: (?:of )?(?:your )?(?:message|mail|e-?mail))? to|undeliverable (?:mail |message )?to|address:|rcpt=|\bfor|收件人|无法发送到|無法傳送到)\s{0,4}[:\uff1a]?\s{0,4}[[<"'(]{0,2}${ADDRESS}(.*)$`,
      "i",
    ),
    new RegExp(
      String.raw`^\s{0,20}(?:to|an|à|para|кому|宛先|到)\s{0,4}[:\uff1a]\s{0,20}[^@]{0,60}?["'<(]{0,2}${ADDRESS}(.*)$`,
      "i",
    ),
  ],
  [
    new RegExp(
      String.raw`(?:\b(?:to|recipient|user|mailbox|account|addressee|address|an|à|para|for)|[:\uff1a])\s{1,4}["'<([]{0,3}${ADDRESS}(.*)$`,
      "i",
    ),
  ],
  [new RegExp(`${ADDRESS}(.*)$`, "i")],
];

/** Written to by people who ask about the report, not the recipients it is about. */
const CONTACTS =
  /^(?:post-?master|mailer-daemon|abuse|support|help|helpdesk|admin|administrator|hostmaster|info|noc|root|no-?reply|service|contact|webmaster)$/;

/**
 * The recipients that a report in prose names, in order, each once. Linear in the lines, which are bounded.
 *
 * @param others addresses that the report is not about: its own sender and addressee, lower case; they count when there are no others
 */
export function findNamedRecipients(
  lines: readonly string[],
  others: ReadonlySet<string>,
): readonly NamedRecipient[] {
  const withAddress = lines.flatMap((text, line) => (text.includes("@") ? [{ text, line }] : []));
  let fallback: readonly NamedRecipient[] = [];
  for (const [way, patterns] of WAYS.entries()) {
    const found = new Map<string, NamedRecipient>();
    for (const { text, line } of withAddress) {
      const named = firstMatch(text, patterns);
      if (named === null || found.size >= MAX_RECIPIENTS) continue;
      const key = named.address.toLowerCase();
      if (way > 1 && CONTACTS.test(key.slice(0, key.lastIndexOf("@")))) continue;
      if (!found.has(key)) found.set(key, { ...named, line });
    }
    const all = [...found.values()];
    const strangers = all.filter(({ address }) => !others.has(address.toLowerCase()));
    // Three addresses in prose are a signature, not a list of recipients.
    if (strangers.length > 0 && (way < 2 || strangers.length <= 3)) return strangers;
    if (fallback.length === 0 && way < 3) fallback = all;
  }
  return fallback;
}

function firstMatch(text: string, patterns: readonly RegExp[]): { address: string; rest: string } | null {
  for (const pattern of patterns) {
    const [, address, rest = ""] = pattern.exec(text) ?? [];
    if (address === undefined) continue;
    const bare = address.replace(/[.>\])]+$/, "");
    if (isAddress(bare)) return { address: bare, rest };
  }
  return null;
}

/** Something with a domain, as loosely as reports write it. */
const isAddress = (text: string): boolean => /^[^@]+@(?:[^@.\s]{1,63}\.){1,10}[^@.\s]{1,63}$/.test(text);
