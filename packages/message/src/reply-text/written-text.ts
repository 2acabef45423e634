import type { MimePart } from "../mime-part.ts";
import { decodePartText, findTextPart } from "../part-text.ts";
import { htmlLines } from "./html-lines.ts";
import {
  ATTRIBUTIONS,
  DEVICE_SIGNATURE,
  HEADER_FROM,
  HEADER_OTHERS,
  ORIGINAL_MESSAGE,
} from "./quote-marks.ts";

/** Bytes of a text that are looked at; what somebody wrote stands at the beginning. */
const MAX_TEXT_BYTES = 262_144;
const MAX_LINES = 2_000;
/** RFC 5322 §2.1.1 allows 998, but html knows no lines; patterns run over each line. */
const MAX_LINE_CHARS = 4_000;
/** Lines that an attribution may be folded into. */
const ATTRIBUTION_LINES = 4;
const MAX_ATTRIBUTION_CHARS = 400;

/**
 * What a person wrote into an answer: the text without the message that it quotes, the line that introduces it, and the signature.
 * Answers between quoted lines are kept. Bounded; never throws.
 *
 * @param maxChars of the result
 * @returns lines that end in LF, without spaces around; empty where nothing was written, or there is no text
 */
export const readWrittenText = (raw: Buffer, root: MimePart, maxChars: number): string => {
  const plain = findTextPart(root, "plain");
  const plainText = plain === undefined ? "" : decodePartText(raw, plain, MAX_TEXT_BYTES);
  if (plainText.trim() !== "") return cut(writtenText(plainText), maxChars);
  const html = findTextPart(root, "html");
  return html === undefined
    ? ""
    : cut(writtenText(htmlLines(decodePartText(raw, html, MAX_TEXT_BYTES))), maxChars);
};

const cut = (text: string, maxChars: number): string => text.slice(0, maxChars).toWellFormed().trimEnd();

/** {@link readWrittenText} of a text that is decoded already. */
export const writtenText = (text: string): string => {
  const lines = text
    .replace(/\r\n?/g, "\n")
    .split("\n", MAX_LINES)
    .map((line) =>
      line
        .slice(0, MAX_LINE_CHARS)
        .replace(/[\0\u200b\u200e\u200f\ufeff]/g, "")
        .replace(/\u00a0/g, " "),
    );
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (isQuoted(line)) continue;
    if (isOriginalBelow(lines, at)) break;
    const length = attributionLength(lines, at);
    if (length > 0) {
      // Where the quotation is marked line by line, answers may stand between them; where it is not, it goes on to the end.
      const next = lines.slice(at + length).find((following) => following.trim() !== "");
      if (next === undefined || !isQuoted(next)) break;
      at += length - 1;
      continue;
    }
    // RFC 3676 §4.3: "-- ", whose space many a program drops.
    if (/^--\s?$/.test(line)) break;
    kept.push(line.trimEnd());
  }
  while (kept.length > 0 && isEnding(kept.at(-1) ?? "")) kept.pop();
  return kept
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
};

/** RFC 3676 §4.5. */
const isQuoted = (line: string): boolean => /^\s{0,3}>/.test(line);

const isEnding = (line: string): boolean => line.trim() === "" || DEVICE_SIGNATURE.test(line);

/** Does the quoted message begin here, unmarked to the end? */
const isOriginalBelow = (lines: readonly string[], at: number): boolean => {
  const line = lines[at] ?? "";
  if (ORIGINAL_MESSAGE.test(line)) return true;
  // The rule that Outlook draws above its header.
  const isRule = /^\s{0,8}[_-]{10,}\s*$/.test(line);
  const from = isRule ? lines.findIndex((following, index) => index > at && following.trim() !== "") : at;
  if (from === -1 || !HEADER_FROM.test(lines[from] ?? "")) return false;
  const others = lines.slice(from + 1, from + 8).filter((following) => HEADER_OTHERS.test(following));
  return others.length >= 2;
};

/** Lines of the attribution that begins here; 0: none does. */
const attributionLength = (lines: readonly string[], at: number): number => {
  let joined = "";
  for (let length = 1; length <= ATTRIBUTION_LINES; length++) {
    const line = lines[at + length - 1]?.trim() ?? "";
    if (line === "" || isQuoted(line)) return 0;
    joined += `${joined === "" ? "" : " "}${line}`;
    if (joined.length > MAX_ATTRIBUTION_CHARS) return 0;
    // A date or an address stands in it: "He wrote:" is a sentence.
    if (/[:：]$/.test(line) && /[\d@]/.test(joined)) {
      return ATTRIBUTIONS.some(({ begins, ends }) => begins.test(joined) && ends.test(joined)) ? length : 0;
    }
  }
  return 0;
};
