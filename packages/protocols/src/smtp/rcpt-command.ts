import { isUtf8 } from "node:buffer";
import { isAscii, parsePath } from "./address.ts";
import type { DsnNotify, SmtpOffers, SmtpRecipient } from "./envelope.ts";
import { badParameter, isPrintableXtext, parseParameters } from "./parameters.ts";
import { type Refusal, replies } from "./reply.ts";

const conditions: ReadonlyMap<string, DsnNotify> = new Map([
  ["NEVER", "NEVER"],
  ["SUCCESS", "SUCCESS"],
  ["FAILURE", "FAILURE"],
  ["DELAY", "DELAY"],
]);

const parseNotify = (value: string): readonly DsnNotify[] | null => {
  const words = value.toUpperCase().split(",");
  const notify = words.flatMap((word) => conditions.get(word) ?? []);
  // RFC 3461 §4.1: NEVER stands alone
  return notify.length !== words.length || (notify.includes("NEVER") && notify.length > 1) ? null : notify;
};

const isOrcpt = (value: string): boolean => {
  const [matched, type = "", address = ""] = /^([a-z0-9-]+);(.+)$/iu.exec(value) ?? [];
  if (matched === undefined || value.length > 500) return false; // RFC 3461 §4.2: up to 500 characters
  // RFC 6533 §3: the utf-8 type may hold UTF-8 itself
  return isPrintableXtext(address) || (/^utf-8$/i.test(type) && !/\p{Cc}/u.test(address));
};

/**
 * Parses a `RCPT TO:<forward-path> [parameters]` line (RFC 5321 §4.1.1.3), without its CRLF.
 *
 * @param smtpUtf8 whether MAIL carried SMTPUTF8.
 * @returns the recipient, or the refusal: 501 5.1.3 (address), 501 or 555 5.5.4 (parameter), 553 5.6.7.
 */
export const parseRcptCommand = (
  line: Buffer,
  offers: SmtpOffers,
  smtpUtf8: boolean,
): { readonly kind: "ok"; readonly recipient: SmtpRecipient } | Refusal => {
  const argument = isUtf8(line) ? /^RCPT TO: *(.*)$/iu.exec(line.toString().trimEnd())?.[1] : undefined;
  const path = parsePath(argument ?? "");
  if (path.kind === "invalid" || path.address === "") return replies.badRecipientSyntax;
  const parsed = parseParameters(path.rest, new Set(offers.dsn ? ["NOTIFY", "ORCPT"] : []));
  if (parsed.kind === "refuse") return parsed;
  const { parameters } = parsed;
  if (!smtpUtf8 && !isAscii(path.address)) return replies.needsSmtpUtf8;
  const notify = parameters.has("NOTIFY") ? parseNotify(parameters.get("NOTIFY") ?? "") : [];
  if (notify === null) return badParameter("NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY");
  const orcpt = parameters.get("ORCPT") ?? null;
  if (parameters.has("ORCPT") && (orcpt === null || !isOrcpt(orcpt))) {
    return badParameter("ORCPT takes type;xtext");
  }
  return { kind: "ok", recipient: { address: path.address, notify, orcpt } };
};
