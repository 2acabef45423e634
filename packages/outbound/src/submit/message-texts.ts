import { composeBody, formatTextField, headerFieldRanges, rewriteTextParts } from "@waxwing/message";

/** New texts of a message; what is absent stays. */
export interface NewTexts {
  readonly subject?: string;
  readonly html?: string;
  readonly text?: string;
}

/** What a message says before anything is put into it. */
export interface OldTexts {
  readonly html: string | null;
  readonly text: string | null;
}

/** The first text and the first html of a message. */
export function readTexts(raw: Buffer): OldTexts {
  let html: string | null = null;
  let text: string | null = null;
  rewriteTextParts(raw, (part) => {
    if (part.type === "text/html") html ??= part.text;
    else text ??= part.text;
    return undefined;
  });
  return { html, text };
}

/**
 * Puts new texts in the place of the first text and the first html of a message. A message that is one plain text and nothing else
 * becomes a multipart/alternative when it is given both.
 *
 * @param seed the same seed and texts give the same bytes.
 * @returns the message; or what is in the way, as the end of a sentence.
 */
export function placeTexts(raw: Buffer, texts: NewTexts, seed: string): Buffer | string {
  const old = readTexts(raw);
  const { html, text, subject } = texts;
  let placed = raw;
  if ((html !== undefined && old.html === null) || (text !== undefined && old.text === null)) {
    const whole = wholeText(raw);
    if (whole === null) {
      const kind = html !== undefined && old.html === null ? "html" : "plain";
      return `has a text/${kind}, and the message no text/${kind} part to put it in`;
    }
    placed = recompose(raw, whole, texts, seed);
  } else {
    if (html === undefined && old.html !== null) return "has no html, and the message a text/html part";
    placed = rewriteFirst(raw, { ...(html !== undefined && { html }), ...(text !== undefined && { text }) });
  }
  return subject === undefined ? placed : withSubject(placed, subject);
}

/** Adds to the first text and the first html of a message; html before the end of its body. */
export function addFooter(raw: Buffer, footer: { readonly text?: string; readonly html?: string }): Buffer {
  const old = readTexts(raw);
  return rewriteFirst(raw, {
    ...(old.text !== null && footer.text !== undefined && { text: `${old.text}\r\n${footer.text}` }),
    ...(old.html !== null && footer.html !== undefined && { html: beforeBodyEnd(old.html, footer.html) }),
  });
}

/** The message with another subject; without one it gets it. */
export function withSubject(raw: Buffer, subject: string): Buffer {
  const { line } = formatTextField("Subject", subject);
  return replaceFields(raw, new Set(["subject"]), line);
}

/** The message without the fields of these names (lower case), and this text where the first of them stood, or at the top. */
export function replaceFields(raw: Buffer, names: ReadonlySet<string>, replacement: string): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  let placed = false;
  for (const { start, colon, end } of headerFieldRanges(raw)) {
    const name = raw.toString("latin1", start, Math.min(colon, start + 80)).trimEnd();
    if (!names.has(name.toLowerCase())) continue;
    pieces.push(raw.subarray(at, start));
    if (!placed) pieces.push(Buffer.from(replacement));
    placed = true;
    at = end;
  }
  pieces.push(raw.subarray(at));
  return Buffer.concat(placed ? pieces : [Buffer.from(replacement), ...pieces]);
}

function rewriteFirst(raw: Buffer, texts: { readonly html?: string; readonly text?: string }): Buffer {
  const waiting = new Map([
    ["text/html", texts.html],
    ["text/plain", texts.text],
  ]);
  return rewriteTextParts(raw, ({ type }) => {
    const text = waiting.get(type);
    waiting.delete(type);
    return text;
  });
}

/** The fields that describe a body that is one text; null for any other message. */
function wholeText(raw: Buffer): number | null {
  const ranges = headerFieldRanges(raw);
  let next = ranges.next();
  for (; next.done !== true; next = ranges.next()) {
    const { start, colon, end } = next.value;
    const name = raw
      .toString("latin1", start, Math.min(colon, start + 80))
      .trimEnd()
      .toLowerCase();
    if (name !== "content-type") continue;
    if (!/^\s*text\/(?:plain|html)\b/i.test(raw.toString("latin1", colon + 1, end))) return null;
  }
  return next.value;
}

const BODY_FIELDS = new Set([
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
]);

function recompose(raw: Buffer, bodyStart: number, texts: NewTexts, seed: string): Buffer {
  const { text, html } = texts;
  const composed = composeBody({ text, html, boundarySeed: seed });
  const fields = composed.headerFields.map(({ line }) => line).join("");
  return Buffer.concat([replaceFields(raw.subarray(0, bodyStart), BODY_FIELDS, fields), composed.body]);
}

function beforeBodyEnd(html: string, footer: string): string {
  const at = html.toLowerCase().lastIndexOf("</body");
  return at === -1 ? html + footer : html.slice(0, at) + footer + html.slice(at);
}
