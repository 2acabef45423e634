import { textFromHtml } from "@waxwing/outbound";
import type { Template, TemplateVersion, TemplateVersionOutline } from "@waxwing/store";

/** A template's id in SendGrid's form: `d-` and 32 hexadecimal digits for a dynamic one, a UUID for a legacy one. */
function templateIdOf({ id, generation }: Pick<Template, "id" | "generation">): string {
  return generation === "legacy" ? id : `d-${id.replaceAll("-", "")}`;
}

/** A template without its versions, as SendGrid shows it. */
export function shownTemplate(template: Template) {
  return {
    id: templateIdOf(template),
    name: template.name,
    generation: template.generation,
    updated_at: shownTime(template.updatedAt),
  };
}

/** A version in a list, as SendGrid shows it: without its contents. */
export function shownOutline(template: Template, version: TemplateVersionOutline) {
  return {
    id: version.id,
    template_id: templateIdOf(template),
    active: version.id === template.activeVersionId ? 1 : 0,
    name: version.name,
    subject: version.subject ?? "",
    generate_plain_content: version.generateText,
    editor: version.editor,
    updated_at: shownTime(version.updatedAt),
    // No pictures are made of templates.
    thumbnail_url: "",
  };
}

/** A version, as SendGrid shows it. A text part that is made from the html while sending is shown as made from its source. */
export function shownVersion(template: Template, version: TemplateVersion) {
  const { html, text, generateText, testData } = version;
  const made = generateText && html !== null ? textFromHtml(html) : undefined;
  return {
    ...shownOutline(template, version),
    html_content: html ?? "",
    plain_content: text ?? made ?? "",
    ...(Object.keys(testData).length > 0 && { test_data: JSON.stringify(testData) }),
  };
}

/** `2026-11-23 08:30:00`, in UTC. */
function shownTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace("T", " ");
}
