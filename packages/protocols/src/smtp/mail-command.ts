import { isUtf8 } from "node:buffer";
import { isAscii, parsePath } from "./address.ts";
import type { SmtpOffers, SmtpSender } from "./envelope.ts";
import { badParameter, isPrintableXtext, parseParameters, type RawParameters } from "./parameters.ts";
import { type Refusal, replies, tooLarge } from "./reply.ts";

const known = (offers: SmtpOffers): ReadonlySet<string> =>
  new Set([
    "SIZE",
    "BODY",
    "SMTPUTF8",
    ...(offers.auth ? ["AUTH"] : []),
    ...(offers.dsn ? ["RET", "ENVID"] : []),
    ...(offers.requireTls ? ["REQUIRETLS"] : []),
  ]);

const badValue = (parameters: RawParameters, sizeLimitBytes: number): Refusal | null => {
  const wrong = (key: string, right: (value: string | null) => boolean) =>
    parameters.has(key) && !right(parameters.get(key) ?? null);
  // RFC 1870 §3: size-value is 1 to 20 digits
  if (wrong("SIZE", (value) => /^\d{1,20}$/.test(value ?? ""))) return badParameter("SIZE takes a number");
  if (Number(parameters.get("SIZE") ?? 0) > sizeLimitBytes) return tooLarge(sizeLimitBytes); // RFC 1870 §6.1
  // RFC 6152 §2; BINARYMIME needs BDAT (RFC 3030), which is not offered
  if (wrong("BODY", (value) => /^(7BIT|8BITMIME)$/i.test(value ?? ""))) {
    return badParameter("BODY is 7BIT or 8BITMIME");
  }
  if (wrong("SMTPUTF8", (value) => value === null)) return badParameter("SMTPUTF8 takes no value");
  if (wrong("REQUIRETLS", (value) => value === null)) return badParameter("REQUIRETLS takes no value");
  if (wrong("RET", (value) => /^(FULL|HDRS)$/i.test(value ?? ""))) return badParameter("RET is FULL or HDRS");
  // RFC 3461 §4.4: at most 100 characters
  if (wrong("ENVID", (value) => value !== null && value.length <= 100 && isPrintableXtext(value))) {
    return badParameter("ENVID takes up to 100 characters of xtext");
  }
  if (wrong("AUTH", (value) => value === "<>" || isPrintableXtext(value ?? ""))) {
    return badParameter("AUTH takes an xtext mailbox or <>");
  }
  return null;
};

/**
 * Parses a `MAIL FROM:<reverse-path> [parameters]` line (RFC 5321 §4.1.1.2), without its CRLF.
 *
 * @returns the sender, or the refusal: 501 5.1.7 (address), 501 or 555 5.5.4 (parameter), 552 5.3.4 (SIZE over the
 *   limit), 553 5.6.7 (non-ASCII address without SMTPUTF8).
 */
export const parseMailCommand = (
  line: Buffer,
  offers: SmtpOffers,
): { readonly kind: "ok"; readonly sender: SmtpSender } | Refusal => {
  const argument = isUtf8(line) ? /^MAIL FROM: *(.*)$/iu.exec(line.toString().trimEnd())?.[1] : undefined;
  const path = parsePath(argument ?? "");
  if (path.kind === "invalid" || /^postmaster$/i.test(path.address)) return replies.badSenderSyntax;
  const parsed = parseParameters(path.rest, known(offers));
  if (parsed.kind === "refuse") return parsed;
  const { parameters } = parsed;
  const bad = badValue(parameters, offers.sizeLimitBytes);
  if (bad !== null) return bad;
  const smtpUtf8 = parameters.has("SMTPUTF8");
  if (!smtpUtf8 && !isAscii(path.address)) return replies.needsSmtpUtf8;
  const size = parameters.get("SIZE") ?? null;
  const ret = parameters.get("RET")?.toUpperCase();
  return {
    kind: "ok",
    sender: {
      address: path.address,
      sizeBytes: size === null ? null : Number(size),
      body: parameters.get("BODY")?.toUpperCase() === "8BITMIME" ? "8BITMIME" : "7BIT",
      smtpUtf8,
      requireTls: parameters.has("REQUIRETLS"),
      ret: ret === "FULL" || ret === "HDRS" ? ret : null,
      envid: parameters.get("ENVID") ?? null,
    },
  };
};
