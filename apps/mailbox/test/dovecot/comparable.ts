import { type ImapValue, printValue, readValues } from "./imap-response.ts";

/*
 * What two servers may say in different words. Left out: text for people, capabilities, what ID says, the values of UIDVALIDITY, MODSEQ
 * and MAILBOXID, RECENT (RFC 9051 has none; Waxwing never sets it, RFC.md), the order of flags, of FETCH items and of untagged responses other than
 * EXPUNGE, whether a string is quoted or a literal, whether a section that is not there is NIL or empty, and whether a text part without
 * a charset is said to be in US-ASCII.
 */

/** The answers of IMAP to one command, so that those of two servers compare. */
export function comparableImap(answers: readonly string[]): readonly string[] {
  const lines = answers.flatMap((answer) => comparableResponse(answer));
  const expunges = lines.filter((line) => line.includes("EXPUNGE"));
  const tagged = lines.filter((line) => !line.startsWith("* "));
  const others = lines.filter((line) => !expunges.includes(line) && !tagged.includes(line)).sort();
  return [...others, ...expunges, ...tagged];
}

/** The answer of POP3 to one command, so that those of two servers compare. `said` is the command. */
export function comparablePop3(said: string, answers: readonly string[]): readonly string[] {
  const [first = "", ...rest] = answers;
  const verb = said.split(" ", 1)[0]?.toUpperCase() ?? "";
  const status = /^(\+OK|-ERR|\+)(?: (\[[A-Z/-]+\]))?/.exec(first);
  const head = [status?.[1] ?? first, status?.[2]].filter((word) => word !== undefined).join(" ");
  if (verb === "CAPA" || verb === "AUTH") return [head];
  if (verb === "UIDL") {
    const number = rest.length === 0 ? /^\+OK (\d+) \S+$/.exec(first)?.[1] : undefined;
    return [
      number === undefined ? head : `${head} ${number} uid`,
      ...rest.map((line) => line.replace(/ .*/, " uid")),
    ];
  }
  if (verb === "STAT" || (verb === "LIST" && rest.length === 0)) {
    const numbers = /^\+OK (\d+ \d+)/.exec(first)?.[1];
    return [numbers === undefined ? head : `${head} ${numbers}`, ...rest];
  }
  return [head, ...rest];
}

function comparableResponse(answer: string): readonly string[] {
  if (answer.startsWith("+")) return ["+"];
  const condition = /^(\S+) (OK|NO|BAD|BYE|PREAUTH)\b ?(?:\[([^\]]*)\])?/i.exec(answer);
  if (condition !== null) {
    const [, tag = "", status = "", code = ""] = condition;
    const shown = comparableCode(code);
    if (tag === "*" && status === "OK" && shown === "") return [];
    return [`${tag} ${status.toUpperCase()}${shown === "" ? "" : ` [${shown}]`}`];
  }
  if (!answer.startsWith("* ")) return [answer];
  const [first, second, ...rest] = readValues(answer.slice(2));
  const name = String(first).toUpperCase();
  if (/^\d+$/.test(name)) {
    const event = String(second).toUpperCase();
    if (event === "RECENT") return [];
    if (event !== "FETCH") return [`* ${name} ${event}`];
    return [`* ${name} FETCH ${printPairs(rest[0])}`];
  }
  switch (name) {
    case "CAPABILITY":
    case "ID":
      return [`* ${name}`];
    case "FLAGS":
      return [`* FLAGS ${printFlags(second)}`];
    case "LIST":
    case "LSUB":
      return [`* ${name} ${printFlags(second)} ${rest.map(printValue).join(" ")}`];
    case "STATUS":
      return [`* STATUS ${printValue(second)} ${printPairs(rest[0])}`];
    case "ESEARCH":
      return [`* ESEARCH ${printEsearch([second, ...rest])}`];
    default:
      return [
        ["*", name, ...[second, ...rest].filter((value) => value !== undefined).map(printValue)].join(" "),
      ];
  }
}

/** Codes that tell what the store of a server chooses. */
const OWN = /^(?:CAPABILITY|HIGHESTMODSEQ|MAILBOXID|UIDVALIDITY)\b/i;

function comparableCode(code: string): string {
  if (OWN.test(code)) return "";
  const [name = "", ...values] = code.split(" ");
  if (/^(?:APPENDUID|COPYUID)$/i.test(name)) return [name, ...values.slice(1)].join(" ");
  if (/^PERMANENTFLAGS$/i.test(name)) return `${name} ${printFlags(readValues(values.join(" "))[0])}`;
  return code;
}

/** What Dovecot says of a folder only while it knows that nothing is new there, and what Waxwing never sets. */
const UNCERTAIN: ReadonlySet<string> = new Set(["\\Recent", "\\UnMarked", "\\Marked"]);

function printFlags(value: ImapValue | undefined): string {
  const flags = Array.isArray(value) ? value.map(String) : [];
  return `(${flags
    .filter((flag) => !UNCERTAIN.has(flag))
    .sort()
    .join(" ")})`;
}

/** Items of FETCH and STATUS in alphabetical order. */
function printPairs(value: ImapValue | undefined): string {
  const items = Array.isArray(value) ? value : [];
  const pairs: string[] = [];
  for (let at = 0; at + 1 < items.length; at += 2) {
    const name = String(items[at]).toUpperCase();
    if (name === "RECENT") continue;
    pairs.push(`${name.replaceAll('"', "")} ${printItem(name, items[at + 1])}`);
  }
  return `(${pairs.sort().join(" ")})`;
}

/** What was found, in alphabetical order; the tag and UID stand in front. */
function printEsearch(values: readonly (ImapValue | undefined)[]): string {
  const from = values.indexOf("UID") >= 0 ? 2 : 1;
  const found: string[] = [];
  for (let at = from; at + 1 < values.length; at += 2) {
    found.push(`${String(values[at])} ${printValue(values[at + 1])}`);
  }
  return [...values.slice(0, from).map(printValue), ...found.sort()].join(" ");
}

function printItem(name: string, value: ImapValue | undefined): string {
  if (name === "FLAGS") return printFlags(value);
  if (name === "MODSEQ" || name === "MAILBOXID" || name === "HIGHESTMODSEQ" || name === "UIDVALIDITY")
    return "n";
  if (name === "INTERNALDATE") return new Date(String(value)).toISOString();
  // A section that is not there.
  if (value === null && /^(?:BODY|BINARY)\[/.test(name)) return '""';
  // RFC 2045 §5.2: what a text part is that does not say.
  if (/^BODY(?:STRUCTURE)?$/.test(name)) {
    return printValue(value).replace(/("text" "[^"]*") \("charset" "us-ascii"\)/g, "$1 NIL");
  }
  return printValue(value);
}
