import { type Refusal, refuse } from "./reply.ts";

/** ESMTP parameters by upper-case keyword; `null` where the keyword stood without a value. */
export type RawParameters = ReadonlyMap<string, string | null>;

// RFC 5321 §4.1.2: esmtp-keyword and esmtp-value (no "=", blank or control; RFC 6531 §3.3 adds UTF-8).
const parameter =
  /^([a-z0-9][a-z0-9-]*)(?:=([!-<>-~\u{80}-\u{10FFFF}]+(?:=[!-<>-~\u{80}-\u{10FFFF}]*)*))?$/iu;

/** A parameter the client got wrong. RFC 5321 §4.1.1.11. */
export const badParameter = (text: string): Refusal => refuse(501, "5.5.4", text);

/**
 * Splits the text after the path into parameters.
 *
 * @returns the parameters, or 501 5.5.4 for one that is misspelt, given twice, or not printable, or 555 5.5.4
 *   (RFC 5321 §4.1.1.11) for one that is not in `known`.
 */
export const parseParameters = (
  text: string,
  known: ReadonlySet<string>,
): { readonly kind: "ok"; readonly parameters: RawParameters } | Refusal => {
  const parameters = new Map<string, string | null>();
  for (const word of text.split(" ").filter((part) => part !== "")) {
    const [matched, keyword = "", value = null] = parameter.exec(word) ?? [];
    if (matched === undefined) return badParameter("Bad parameter syntax");
    const key = keyword.toUpperCase();
    if (!known.has(key)) return refuse(555, "5.5.4", `Parameter ${key} is not supported`);
    if (parameters.has(key)) return badParameter(`Duplicate ${key} parameter`);
    parameters.set(key, value);
  }
  return { kind: "ok", parameters };
};

// RFC 3461 §4: xchar is printable ASCII but "+" and "="; hexchar is "+" and two upper-case digits.
const xtext = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/;

/**
 * Is the text xtext (RFC 3461 §4) that decodes to printable ASCII? The second half matters: `+0D+0A` in ENVID or
 * ORCPT would inject a line into the report that quotes it.
 */
export const isPrintableXtext = (text: string): boolean =>
  xtext.test(text) && /^[ -~]+$/.test(decodeXtext(text));

/** Decodes xtext (RFC 3461 §4); what is not a hexchar stays as it is. */
export const decodeXtext = (text: string): string =>
  text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
