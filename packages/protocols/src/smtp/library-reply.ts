import { carriesEnhancedCode } from "./reply.ts";

/**
 * Enhanced status codes for the replies that smtp-server writes itself.
 *
 * Its own table maps the bare reply code, which says 5.1.1 (no such mailbox) for any 550 and 4.4.2 (bad connection)
 * for a shutdown. The meaning is in the text, so the text decides here. RFC 2034 §4: every 2xx, 4xx and 5xx reply
 * carries one, except the greeting and the answers to HELO and EHLO.
 */
const byText: readonly (readonly [code: number, text: RegExp, enhanced: string])[] = [
  [421, /Too many connected|shutting down/i, "4.3.2"],
  [421, /talk too soon|HTTP requests|too many/i, "4.7.0"],
  [421, /line too long/i, "4.5.2"],
  [421, /Timeout/i, "4.4.2"],
  [501, /aborted/i, "5.7.0"],
  [501, /userdata|missing username/i, "5.5.2"], // RFC 4954 §4: what does not decode is a syntax error
];

const byCode: Readonly<Record<number, string>> = {
  235: "2.7.0",
  421: "4.3.0",
  451: "4.3.0",
  500: "5.5.2",
  501: "5.5.4",
  502: "5.5.1",
  503: "5.5.1",
  504: "5.5.4",
  535: "5.7.8",
};

/** The enhanced status code of one of smtp-server's replies; `X.0.0` of the right class for one we do not know. */
export const enhancedCodeOf = (code: number, text: string): string =>
  byText.find(([candidate, pattern]) => candidate === code && pattern.test(text))?.[2] ??
  byCode[code] ??
  `${Math.floor(code / 100)}.0.0`;

/** What smtp-server sends, with an enhanced code where it belongs (RFC 2034 §4) and has none. */
export function withEnhancedCode(
  code: number,
  data: string | string[] | null | undefined,
  context: string | false | undefined,
): string | string[] | null | undefined {
  // None in the greeting, in the answers to HELO and EHLO, and in 3xx replies.
  if (Array.isArray(data) || (code < 400 && (context === false || code >= 300))) return data;
  const text = String(data ?? "");
  return carriesEnhancedCode(text) ? text : `${enhancedCodeOf(code, text)} ${text}`;
}
