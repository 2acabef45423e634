import type { PartsContent } from "@waxwing/outbound";
import type { StoredMailbox } from "@waxwing/store";
import { MESSAGES, sendgridError } from "../errors.ts";
import { readFrom, readReplyTo } from "./addresses.ts";
import { type GivenContent, readAttachments, readContents } from "./content.ts";
import {
  type Asm,
  areTooLarge,
  type CustomHeaders,
  readAsm,
  readCategories,
  readCustomArgs,
  readCustomHeaders,
  readPool,
  readSendAt,
} from "./extras.ts";
import { type MailSettings, readMailSettings } from "./mail-settings.ts";
import { isGiven, isObject, readStrings, reportUnknown } from "./members.ts";
import { type Personalization, readPersonalizations } from "./personalizations.ts";
import { quoted, type Report } from "./problems.ts";
import { CONTENT_TEXTS, EXTRA_TEXTS } from "./texts.ts";
import { readTrackingSettings, type TrackingSettings } from "./tracking-settings.ts";

/** The body of `POST /v3/mail/send` as it was written; nothing it names has been looked up. */
export interface Mail {
  readonly personalizations: readonly Personalization[];
  /** undefined when it was reported. */
  readonly from: StoredMailbox | undefined;
  readonly replyTo: readonly StoredMailbox[];
  readonly subject: string | undefined;
  readonly content: GivenContent | undefined;
  readonly attachments: PartsContent["attachments"];
  readonly attachmentBytes: number;
  readonly templateId: string | undefined;
  readonly sections: Readonly<Record<string, string>> | undefined;
  readonly headers: CustomHeaders;
  readonly categories: readonly string[];
  readonly customArgs: Readonly<Record<string, string>>;
  /** Unix time in ms; null: now. */
  readonly sendAtMs: number | null;
  readonly batchId: string | undefined;
  readonly asm: Asm | undefined;
  readonly pool: string | undefined;
  readonly settings: MailSettings;
  readonly tracking: TrackingSettings;
}

/** Each is looked at for every message. */
const MAX_SECTIONS = 1_000;

const KNOWN = new Set([
  "personalizations",
  "from",
  "reply_to",
  "reply_to_list",
  "subject",
  "content",
  "attachments",
  "template_id",
  "sections",
  "headers",
  "categories",
  "custom_args",
  "send_at",
  "batch_id",
  "asm",
  "ip_pool_name",
  "mail_settings",
  "tracking_settings",
]);

/**
 * Reads a mail, every field for itself: what is wrong is reported and has a harmless stand-in, so that one answer names all of it.
 *
 * @param nowMs Unix time in ms, for `send_at`
 * @throws SendgridError for a body that is no object.
 */
export function readMail(body: unknown, nowMs: number, report: Report): Mail {
  if (!isObject(body)) throw sendgridError(null, MESSAGES.badRequest);
  reportUnknown(body, KNOWN, "", report);
  const personalizations = readPersonalizations(body.personalizations, nowMs, report);
  const templateId = readTemplateId(body.template_id, report);
  const { attachments, sizeBytes } = readAttachments(body.attachments, report);
  const customArgs = readCustomArgs(body.custom_args, "custom_args", report) ?? {};
  reportLargeArgs(personalizations, customArgs, report);
  return {
    personalizations,
    from: readFrom(body.from, "from", report),
    replyTo: readReplyTo(body, report),
    subject: readSubject(body.subject, isGiven(body.template_id), personalizations, report),
    content: readContents(body.content, isGiven(body.template_id), report),
    attachments,
    attachmentBytes: sizeBytes,
    templateId,
    sections: readSections(body.sections, report),
    headers: readCustomHeaders(body.headers, "headers", report) ?? [],
    categories: readCategories(body.categories, report),
    customArgs,
    sendAtMs: readSendAt(body.send_at, "send_at", nowMs, report) ?? null,
    batchId: readBatchId(body.batch_id, report),
    asm: readAsm(body.asm, report),
    pool: readPool(body.ip_pool_name, report),
    settings: readMailSettings(body.mail_settings, report),
    tracking: readTrackingSettings(body.tracking_settings, report),
  };
}

/** The Node client always sends a subject; an empty one is none where something else gives one. */
function readSubject(
  value: unknown,
  hasTemplate: boolean,
  personalizations: readonly Personalization[],
  report: Report,
): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  const isElsewhere =
    personalizations.length > 0 && personalizations.every(({ subject }) => subject !== undefined);
  if (isGiven(value) && (value !== "" || !(hasTemplate || isElsewhere)))
    report("subject", CONTENT_TEXTS.subjectInvalid);
  else if (!hasTemplate && !isElsewhere) report("subject", CONTENT_TEXTS.subjectRequired);
  return undefined;
}

function readSections(value: unknown, report: Report): Mail["sections"] {
  const sections = readStrings(value, "sections", CONTENT_TEXTS.sections, report);
  if (sections === undefined || Object.keys(sections).length <= MAX_SECTIONS) return sections;
  report("sections", CONTENT_TEXTS.sectionsTooMany);
  return undefined;
}

function readTemplateId(value: unknown, report: Report): string | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value === "string") return value;
  report("template_id", CONTENT_TEXTS.templateNotString(quoted(value)));
  return undefined;
}

function readBatchId(value: unknown, report: Report): string | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value === "string") return value;
  report("batch_id", EXTRA_TEXTS.batchIdInvalid);
  return undefined;
}

function reportLargeArgs(
  personalizations: readonly Personalization[],
  customArgs: Readonly<Record<string, string>>,
  report: Report,
): void {
  if (areTooLarge(customArgs)) {
    report("custom_args", EXTRA_TEXTS.customArgsTooLarge);
    return;
  }
  for (const [index, { customArgs: own }] of personalizations.entries()) {
    if (own !== undefined && areTooLarge({ ...customArgs, ...own }))
      report(`personalizations.${index}.custom_args`, EXTRA_TEXTS.customArgsTooLarge);
  }
}
