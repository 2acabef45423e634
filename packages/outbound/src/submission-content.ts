import { composeBody, contentTypeProblem, MessageError } from "@waxwing/message";
import type { AttachmentContent, PartsContent } from "./content.ts";
import { lineProblem, type Report } from "./submission-problems.ts";

/** An attachment as an application sends it. */
export interface AttachmentInput {
  readonly filename: string;
  /** Base64 (RFC 4648 §4) in one line. */
  readonly content: string;
  /** Media type; `application/octet-stream` when absent. */
  readonly type?: string | undefined;
  readonly disposition?: "attachment" | "inline" | undefined;
  readonly content_id?: string | undefined;
}

/** Longest name that common file systems take. */
const MAX_FILENAME_CHARS = 255;
/** RFC 6838 §4.2 allows 127 characters on each side of the slash; the rest is for parameters. */
const MAX_TYPE_CHARS = 1_000;
const NOTHING = Buffer.alloc(0);

/**
 * Reads text, html and attachments. Where there is no text the composer makes it from the html, which costs too much for the
 * process that everybody waits for; an empty one is kept as it is. `sizeBytes` counts the attachments decoded: what the message
 * weighs.
 */
export function readContent(
  input: {
    readonly text?: string | undefined;
    readonly html?: string | undefined;
    readonly attachments?: readonly AttachmentInput[] | undefined;
  },
  report: Report,
): { readonly content: PartsContent; readonly sizeBytes: number } {
  const { text, html, attachments = [] } = input;
  if (!text && !html && attachments.length === 0)
    report("text", "is required, unless there is html or an attachment");
  let sizeBytes = Buffer.byteLength(text ?? "") + Buffer.byteLength(html ?? "");
  const read = attachments.map((attachment, index) => {
    sizeBytes += Math.floor((attachment.content.length * 3) / 4);
    return readAttachment(attachment, `attachments[${index}]`, report);
  });
  const content: PartsContent = {
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(text === undefined && html !== undefined && { makeText: true as const }),
    attachments: read,
  };
  return { content, sizeBytes };
}

function readAttachment(input: AttachmentInput, field: string, report: Report): AttachmentContent {
  let sound = true;
  const check = (name: string, problem: string | undefined): void => {
    if (problem === undefined) return;
    report(`${field}.${name}`, problem);
    sound = false;
  };
  const {
    filename,
    content,
    type = "application/octet-stream",
    disposition = "attachment",
    content_id,
  } = input;
  check("filename", filenameProblem(filename));
  check("type", type.length > MAX_TYPE_CHARS ? "is too long" : (lineProblem(type) ?? typeProblem(type)));
  if (content_id !== undefined) check("content_id", content_id === "" ? "is empty" : lineProblem(content_id));
  check("content", base64Problem(content));
  const contentId = content_id === undefined ? {} : { contentId: content_id };
  if (sound) {
    // The composer has the last word on what it can write; asked now, with nothing inside, it cannot refuse after the 202.
    try {
      composeBody({
        attachments: [{ filename, contentType: type, disposition, ...contentId, content: NOTHING }],
        boundarySeed: "check",
      });
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      report(error.code === "content-type" ? `${field}.type` : `${field}.content_id`, error.message);
    }
  }
  return { filename, type, disposition, ...contentId, content };
}

function filenameProblem(filename: string): string | undefined {
  if (filename === "") return "is empty";
  if (filename.length > MAX_FILENAME_CHARS) return `is over ${MAX_FILENAME_CHARS} characters long`;
  return lineProblem(filename);
}

function typeProblem(type: string): string | undefined {
  return contentTypeProblem(type) === undefined ? undefined : "must be type/subtype, such as application/pdf";
}

/**
 * RFC 4648 §4, strictly: padded, one line, only the alphabet. The search is for one character class, so that 40 MB cost one pass
 * and no backtracking.
 */
function base64Problem(content: string): string | undefined {
  const padding = content.endsWith("==") ? 2 : content.endsWith("=") ? 1 : 0;
  const at = content.slice(0, content.length - padding).search(/[^A-Za-z0-9+/]/);
  if (at !== -1) return `is not base64: character ${at + 1} ${strangerName(content.charAt(at))}`;
  if (content.length % 4 !== 0) return "is not base64: its length is not a multiple of 4";
  return undefined;
}

function strangerName(char: string): string {
  if (char === "\r" || char === "\n") return "is a line break";
  if (char === "-" || char === "_") return `is "${char}", which only the URL-safe alphabet has`;
  return /[\x20-\x7e]/.test(char) ? `is "${char}"` : "is not in its alphabet";
}
