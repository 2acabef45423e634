import type { OpenTemplate } from "../render-template.ts";
import type { SubmissionProblem } from "../submission-problems.ts";
import { textFromHtml } from "../text-from-html.ts";
import { placeTexts, readTexts } from "./message-texts.ts";
import { oneLine, subjectOf } from "./personal-mime.ts";
import type { Wishes } from "./wishes.ts";

/** SendGrid's dynamic templates: `d-` and the UUID without its hyphens. */
const DYNAMIC_ID = /^(?:d-)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/**
 * Puts a template into a message: a dynamic one takes the place of its texts, a legacy one is put around them where it has `<%body%>`
 * and `<%subject%>`.
 *
 * @param seed for the boundary of what becomes a multipart
 */
export async function placeTemplate(
  mime: Buffer,
  template: NonNullable<Wishes["template"]>,
  projectId: string,
  open: OpenTemplate,
  seed: string,
): Promise<{ readonly mime: Buffer; readonly subject: string } | SubmissionProblem> {
  const { field, variables } = template;
  const texts = await texted(mime, template.id, projectId, variables, open);
  if (typeof texts === "string") return { field, message: texts };
  const { html } = texts;
  const text = texts.text ?? (texts.generateText && html !== undefined ? textFromHtml(html) : undefined);
  const placed = placeTexts(
    mime,
    {
      ...(texts.subject !== undefined && { subject: oneLine(texts.subject) }),
      ...(html !== undefined && { html }),
      ...(text !== undefined && { text }),
    },
    seed,
  );
  if (typeof placed === "string") return { field, message: placed };
  return { mime: placed, subject: subjectOf(placed) };
}

interface TemplateTexts {
  readonly subject?: string;
  readonly html?: string;
  readonly text?: string;
  readonly generateText: boolean;
}

/** What the template says about this message; or what is wrong with it. */
async function texted(
  mime: Buffer,
  id: string,
  projectId: string,
  variables: Readonly<Record<string, unknown>>,
  open: OpenTemplate,
): Promise<TemplateTexts | string> {
  const template = await open(projectId, id.replace(DYNAMIC_ID, "$1-$2-$3-$4-$5").toLowerCase());
  switch (template.kind) {
    case "unknown":
      return "names no template of this project";
    case "inactive":
      return "has no active version";
    case "template": {
      const rendered = await template.render(variables);
      if (rendered.kind === "invalid") {
        return rendered.errors.map(({ field, message }) => `${field} ${message}`).join(", ");
      }
      const { kind: _kind, ...texts } = rendered;
      return { ...texts, generateText: template.generateText };
    }
    case "legacy": {
      const old = readTexts(mime);
      const around = (source: string, tag: string, inner: string): string =>
        source.replaceAll(tag, () => inner);
      const { subject, html, text, generateText } = template;
      return {
        generateText,
        ...(subject !== null && { subject: around(subject, "<%subject%>", subjectOf(mime)) }),
        ...(html !== null && { html: around(html, "<%body%>", old.html ?? old.text ?? "") }),
        ...(text !== null && { text: around(text, "<%body%>", old.text ?? "") }),
      };
    }
  }
}
