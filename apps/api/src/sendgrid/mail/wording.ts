import { setImmediate as nextTurn } from "node:timers/promises";
import {
  canFillIn,
  checkSubject,
  createFillIn,
  type LegacyTemplate,
  type OpenedTemplate,
  type PartsContent,
  type SubstitutionBudget,
  SubstitutionOverflow,
  submissionLimits,
} from "@waxwing/outbound";
import { sendgridError } from "../errors.ts";
import { shareContents } from "./content-sharing.ts";
import type { Mail } from "./mail.ts";
import type { Personalization } from "./personalizations.ts";
import type { Report } from "./problems.ts";
import { CONTENT_TEXTS as TEXTS } from "./texts.ts";

/** What one message of a mail says. */
export interface Wording {
  readonly subject: string;
  /** The same object for messages that say the same. */
  readonly content: PartsContent;
  /** What is filled in while composing. */
  readonly substitutions?: Readonly<Record<string, string>>;
}

/** What finding out whether texts can be filled in may take, over all messages of a request. */
const FILL_IN_BUDGET: Readonly<SubstitutionBudget> = { chars: 256 * 1024 * 1024, steps: 20_000_000 };
const SUBJECT_BUDGET: Readonly<SubstitutionBudget> = { chars: 100_000, steps: 100_000 };
/** Messages worded in one turn of the event loop. */
const MESSAGES_PER_TURN = 100;

/**
 * Words the messages of a mail, one per personalization, in order. What is wrong is reported and has a stand-in.
 *
 * @param template what the mail's template is; undefined when it names none, or one that was reported
 * @throws SendgridError (413) when a message, or all of them together, would be too large.
 */
export async function wordMessages(
  mail: Mail,
  template: OpenedTemplate | LegacyTemplate | undefined,
  report: Report,
): Promise<readonly Wording[]> {
  const words = template?.kind === "template" ? rendered(mail, template, report) : written(mail, template);
  const budget = { ...FILL_IN_BUDGET };
  const wordings: Wording[] = [];
  for (const [index, personalization] of mail.personalizations.entries()) {
    if (index > 0 && index % MESSAGES_PER_TURN === 0) await nextTurn();
    const { subject, content, field } = await words(personalization, index);
    const substitutions = template?.kind === "template" ? undefined : personalization.substitutions;
    if (substitutions !== undefined || content.sections !== undefined) {
      const { chars, steps } = budget;
      if (!canFillIn(content, substitutions ?? {}, budget)) throw tooLarge();
      // It had to be tried, which takes its time.
      if (budget.chars < chars || budget.steps < steps) await nextTurn();
    }
    const filled = fillInSubject(subject, substitutions, mail.sections);
    if (filled === "") {
      // Without a template it was reported when the mail was read.
      if (template !== undefined) report("subject", TEXTS.subjectRequired);
    } else {
      checkSubject(filled, (_at, message) => report(field, `The subject ${message}.`));
    }
    wordings.push({
      subject: filled,
      content,
      ...(substitutions !== undefined && { substitutions }),
    });
  }
  return wordings;
}

type Words = (
  personalization: Personalization,
  index: number,
) => Promise<{ readonly subject: string; readonly content: PartsContent; readonly field: string }>;

/** A mail that says what is in its `content`, perhaps inside a legacy template: the same for all. */
function written(mail: Mail, template: LegacyTemplate | undefined): Words {
  const given = mail.content ?? { alternatives: [] };
  const text = inTemplate(template?.text, given.text);
  const html = inTemplate(template?.html, given.html);
  const content = withFooter(mail, {
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(text === undefined && html !== undefined && makeText(template)),
    ...(given.alternatives.length > 0 && { alternatives: given.alternatives }),
    ...(mail.sections !== undefined && { sections: mail.sections }),
    attachments: mail.attachments,
  });
  checkSize(content, mail.attachmentBytes);
  return async (personalization, index) => {
    const own = personalization.subject ?? mail.subject ?? "";
    const subject = template?.subject ? template.subject.replaceAll("<%subject%>", () => own) : own;
    return { subject, content, field: subjectField(personalization, index) };
  };
}

/** A mail whose words come out of a template for each personalization. */
function rendered(mail: Mail, template: OpenedTemplate, report: Report): Words {
  const share = shareContents(tooLarge);
  return async (personalization, index) => {
    const field = `personalizations.${index}.dynamic_template_data`;
    const rendering = await template.render(personalization.data ?? {});
    if (rendering.kind === "invalid") {
      for (const { field: at, message } of rendering.errors) {
        const isData = at === "variables" || /^variables[.[]/.test(at);
        const name = isData ? at.slice("variables".length).replace(/\[(\d+)\]/g, ".$1") : "";
        report(isData ? `${field}${name}` : "template_id", `${isData ? name.slice(1) : at} ${message}`);
      }
      return { subject: STAND_IN_SUBJECT, content: { attachments: [] }, field };
    }
    const { html, text } = rendering;
    const content = share(
      withFooter(mail, {
        ...(text !== undefined && { text }),
        ...(html !== undefined && { html }),
        ...(text === undefined && html !== undefined && makeText(template)),
        attachments: mail.attachments,
      }),
      mail.attachmentBytes,
    );
    checkSize(content, mail.attachmentBytes);
    const subject = rendering.subject || personalization.subject || mail.subject || "";
    return { subject, content, field: rendering.subject ? field : subjectField(personalization, index) };
  };
}

const STAND_IN_SUBJECT = ".";

function subjectField(personalization: Personalization, index: number): string {
  return personalization.subject === undefined ? "subject" : `personalizations.${index}.subject`;
}

/** SendGrid's place for the content in a legacy template. A template without it says what it says. */
function inTemplate(source: string | null | undefined, body: string | undefined): string | undefined {
  if (source === undefined || source === null || source === "") return body;
  return source.replaceAll("<%body%>", () => body ?? "");
}

function makeText(template: { readonly generateText: boolean } | undefined): { makeText?: true } {
  return template?.generateText === false ? {} : { makeText: true };
}

function withFooter(mail: Mail, content: PartsContent): PartsContent {
  const { footer } = mail.settings;
  const { text, html } = content;
  return {
    ...content,
    ...(text !== undefined && footer.text !== undefined && { text: `${text}\n${footer.text}` }),
    ...(html !== undefined && footer.html !== undefined && { html: beforeBodyEnd(html, footer.html) }),
  };
}

function beforeBodyEnd(html: string, footer: string): string {
  const at = html.toLowerCase().lastIndexOf("</body");
  return at === -1 ? html + footer : html.slice(0, at) + footer + html.slice(at);
}

function checkSize({ text, html, alternatives = [] }: PartsContent, attachmentBytes: number): void {
  let sizeBytes = attachmentBytes + Buffer.byteLength(text ?? "") + Buffer.byteLength(html ?? "");
  for (const { value } of alternatives) sizeBytes += Buffer.byteLength(value);
  if (sizeBytes > submissionLimits.messageBytes) throw tooLarge();
}

function fillInSubject(
  subject: string,
  substitutions: Mail["sections"] = {},
  sections: Mail["sections"] = {},
): string {
  if (Object.keys(substitutions).length + Object.keys(sections).length === 0) return subject;
  try {
    const filled = createFillIn({ substitutions, sections }, { ...SUBJECT_BUDGET })(subject);
    // What a value brings along must not end the field (header injection).
    return subject.search(/[\r\n]/) === -1 ? filled.replace(/[\r\n]+/g, " ") : filled;
  } catch (error) {
    if (error instanceof SubstitutionOverflow) throw tooLarge();
    throw error;
  }
}

function tooLarge() {
  return sendgridError(null, TEXTS.tooLarge, { status: 413 });
}
