import { readContent as checkContent, type PartsContent, storedProblem } from "@waxwing/outbound";
import { MESSAGES } from "../errors.ts";
import { isGiven, isObject, type Members, reportUnknown } from "./members.ts";
import { quoted, type Report } from "./problems.ts";
import { CONTENT_TEXTS as TEXTS } from "./texts.ts";

/** What the request itself says; a template may say more, or otherwise. */
export interface GivenContent {
  readonly text?: string;
  readonly html?: string;
  readonly alternatives: NonNullable<PartsContent["alternatives"]>;
}

const KNOWN = new Set(["type", "value"]);
const ATTACHMENT_KNOWN = new Set(["content", "type", "filename", "disposition", "content_id", "contentId"]);
const MAX_CONTENTS = 20;
/** Each is tried to be written, in one turn of the event loop. */
const MAX_ATTACHMENTS = 1_000;

/** Reads `content`; undefined when it is not given or was reported. A request with a template needs none. */
export function readContents(value: unknown, hasTemplate: boolean, report: Report): GivenContent | undefined {
  if (!isGiven(value) || (hasTemplate && Array.isArray(value) && value.length === 0)) {
    if (!hasTemplate) report("content", TEXTS.contentRequired);
    return undefined;
  }
  if (!Array.isArray(value) || value.length === 0) {
    report("content", Array.isArray(value) ? TEXTS.contentEmpty : TEXTS.contentRequired);
    return undefined;
  }
  if (value.length > MAX_CONTENTS) {
    report("content", MESSAGES.badRequest);
    return undefined;
  }
  const parts = value.map((item: unknown, index) => readPart(item, `content.${index}`, report));
  const sound = parts.filter((part) => part !== undefined);
  const ranks = sound.map(({ type }) => rankOf(type));
  if (ranks.some((rank, index) => index > 0 && rank < 2 && rank <= (ranks[index - 1] ?? -1)))
    report("content", TEXTS.order);
  const text = sound.find(({ type }) => rankOf(type) === 0)?.value;
  const html = sound.find(({ type }) => rankOf(type) === 1)?.value;
  return {
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    alternatives: sound.filter(({ type }) => rankOf(type) === 2),
  };
}

function rankOf(type: string): 0 | 1 | 2 {
  const lowerType = type.toLowerCase();
  return lowerType === "text/plain" ? 0 : lowerType === "text/html" ? 1 : 2;
}

function readPart(
  part: unknown,
  field: string,
  report: Report,
): { readonly type: string; readonly value: string } | undefined {
  if (!isObject(part)) {
    report(field, MESSAGES.badRequest);
    return undefined;
  }
  reportUnknown(part, KNOWN, field, report);
  const { type, value } = part;
  const typeProblem = !isGiven(type)
    ? TEXTS.typeRequired
    : typeof type !== "string" || type === ""
      ? TEXTS.typeInvalid
      : /[;,\r\n]/.test(type)
        ? TEXTS.typeCharacters
        : MEDIA_TYPE.test(type)
          ? undefined
          : TEXTS.typeInvalid;
  if (typeProblem !== undefined) report(`${field}.type`, typeProblem);
  const valueProblem = !isGiven(value)
    ? TEXTS.valueRequired
    : typeof value !== "string" || value === "" || storedProblem(value) !== undefined
      ? TEXTS.valueInvalid
      : undefined;
  if (valueProblem !== undefined) report(`${field}.value`, valueProblem);
  if (typeProblem !== undefined || valueProblem !== undefined) return undefined;
  return typeof type === "string" && typeof value === "string" ? { type, value } : undefined;
}

/** RFC 2045 §5.1, without parameters. A multipart would need a boundary, a message its own transfer encoding. */
const MEDIA_TYPE =
  /^(?!multipart\/|message\/)[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127}\/[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127}$/i;

type Attachments = PartsContent["attachments"];

/** Reads `attachments`; `sizeBytes` counts them decoded. What is wrong is reported and left out. */
export function readAttachments(
  value: unknown,
  report: Report,
): { readonly attachments: Attachments; readonly sizeBytes: number } {
  if (!isGiven(value)) return { attachments: [], sizeBytes: 0 };
  if (!Array.isArray(value) || value.length > MAX_ATTACHMENTS) {
    report("attachments", MESSAGES.badRequest);
    return { attachments: [], sizeBytes: 0 };
  }
  const attachments: Attachments[number][] = [];
  let sizeBytes = 0;
  for (const [index, item] of value.entries()) {
    const read = readAttachment(item, `attachments.${index}`, report);
    if (read === undefined) continue;
    attachments.push(...read.content.attachments);
    sizeBytes += read.sizeBytes;
  }
  return { attachments, sizeBytes };
}

function readAttachment(item: unknown, field: string, report: Report) {
  if (!isObject(item)) {
    report(field, MESSAGES.badRequest);
    return undefined;
  }
  reportUnknown(item, ATTACHMENT_KNOWN, field, report);
  // The Node client leaves the names of attachments as the application writes them.
  const contentId = isGiven(item.content_id) ? item.content_id : item.contentId;
  const problems = attachmentProblems(item, contentId);
  for (const [name, text] of problems) report(`${field}.${name}`, text);
  const { content, filename, type, disposition } = item;
  if (problems.length > 0 || typeof content !== "string" || typeof filename !== "string") return undefined;
  let sound = true;
  // What is left are names and types that cannot be written.
  const read = checkContent(
    {
      text: ".",
      attachments: [
        {
          filename,
          // Encoders for mail break lines (RFC 2045 §6.8); what they mean is clear.
          content: content.includes("\n") ? content.replace(/[\r\n]+/g, "") : content,
          ...(typeof type === "string" && { type }),
          ...(disposition === "inline" && { disposition }),
          ...(typeof contentId === "string" && contentId !== "" && { content_id: contentId }),
        },
      ],
    },
    (at, message) => {
      sound = false;
      const name = at.slice(at.lastIndexOf(".") + 1);
      report(`${field}.${name}`, name === "content" ? TEXTS.attachmentNotBase64 : `${name} ${message}`);
    },
  );
  return sound ? read : undefined;
}

function attachmentProblems(
  { content, filename, type, disposition }: Members,
  contentId: unknown,
): readonly (readonly [name: string, text: string])[] {
  const problems: (readonly [string, string])[] = [];
  if (typeof content !== "string" || content === "") problems.push(["content", TEXTS.attachmentEmpty]);
  if (!isGiven(filename) || filename === "") problems.push(["filename", TEXTS.filenameRequired]);
  else if (typeof filename !== "string") problems.push(["filename", TEXTS.filenameInvalid]);
  else if (/[\r\n]/.test(filename)) problems.push(["filename", TEXTS.filenameCharacters]);
  if (isGiven(type) && (typeof type !== "string" || type === ""))
    problems.push(["type", TEXTS.attachmentType]);
  else if (typeof type === "string" && /[;\r\n]/.test(type))
    problems.push(["type", TEXTS.attachmentTypeCharacters]);
  if (isGiven(disposition) && disposition !== "inline" && disposition !== "attachment")
    problems.push(["disposition", TEXTS.disposition(quoted(disposition))]);
  if (isGiven(contentId) && typeof contentId !== "string")
    problems.push(["content_id", TEXTS.contentId(quoted(contentId))]);
  else if (typeof contentId === "string" && /[\r\n]/.test(contentId))
    problems.push(["content_id", TEXTS.contentIdCharacters]);
  return problems;
}
