import { messageLimits, parseMailbox } from "@waxwing/message";
import type { StoredMailbox } from "@waxwing/store";
import { lineProblem, type Report } from "./submission-problems.ts";

/** A mailbox as an application writes it: `Shop <shop@b.test>`, or its parts. */
export type MailboxInput = string | { readonly email: string; readonly name?: string | undefined };

/** Reads one mailbox; undefined when it was reported. */
export function readMailbox(input: MailboxInput, field: string, report: Report): StoredMailbox | undefined {
  if (typeof input === "string") {
    const mailbox = parseMailbox(input);
    if (mailbox.kind === "mailbox") return stored(mailbox.address, mailbox.name);
    report(
      field,
      input.includes(",") ? `${mailbox.reason}; several addresses go in an array` : mailbox.reason,
    );
    return undefined;
  }
  const name = readName(input.name, `${field}.name`, report);
  // What is in front of an address in angle brackets would be a second name.
  if (input.email.includes("<")) {
    report(`${field}.email`, "must be the address alone; the name goes into name");
    return undefined;
  }
  const mailbox = parseMailbox(input.email);
  if (mailbox.kind === "invalid") {
    report(`${field}.email`, mailbox.reason);
    return undefined;
  }
  return stored(mailbox.address, name);
}

/** Reads a mailbox or an array of them; what is wrong is reported and left out. */
export function readMailboxes(
  input: MailboxInput | readonly MailboxInput[] | undefined,
  field: string,
  report: Report,
): readonly StoredMailbox[] {
  if (input === undefined) return [];
  const named: readonly (readonly [MailboxInput, string])[] = isList(input)
    ? input.map((item, index) => [item, `${field}[${index}]`] as const)
    : [[input, field]];
  return named
    .map(([item, itemField]) => readMailbox(item, itemField, report))
    .filter((mailbox) => mailbox !== undefined);
}

/** How many mailboxes an input names, right or wrong. */
export function countMailboxes(input: MailboxInput | readonly MailboxInput[] | undefined): number {
  if (input === undefined) return 0;
  return isList(input) ? input.length : 1;
}

// Array.isArray does not narrow readonly arrays.
function isList(input: MailboxInput | readonly MailboxInput[]): input is readonly MailboxInput[] {
  return Array.isArray(input);
}

function readName(name: string | undefined, field: string, report: Report): string | undefined {
  if (name === undefined) return undefined;
  if (name.length > messageLimits.displayNameChars) {
    report(field, `is over ${messageLimits.displayNameChars} characters long`);
    return undefined;
  }
  const problem = lineProblem(name);
  if (problem !== undefined) report(field, problem);
  return name.trim();
}

function stored(address: string, name: string | undefined): StoredMailbox {
  return name === undefined || name === "" ? { address } : { name, address };
}
