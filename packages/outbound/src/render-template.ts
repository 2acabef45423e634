import { setImmediate as nextTurn } from "node:timers/promises";
import { isId } from "@waxwing/runtime";
import { type Database, findActiveVersion, findTemplateVersion, type TemplateVersion } from "@waxwing/store";
import { type CompiledTemplate, compileTemplate, renderTemplate } from "@waxwing/templates";
import type { SubmissionProblem } from "./submission-problems.ts";
import { TEMPLATE_PLACEHOLDERS } from "./tracking/placeholders.ts";

/** What a template became with its variables; a part that the version does not have is absent. */
type TemplateRendering =
  | { readonly kind: "rendered"; readonly subject?: string; readonly html?: string; readonly text?: string }
  | { readonly kind: "invalid"; readonly errors: readonly SubmissionProblem[] };

/** The active version of a template, ready to be rendered any number of times. */
export interface OpenedTemplate {
  readonly kind: "template";
  /** Whether a text part that the version lacks is made from its html. */
  readonly generateText: boolean;
  readonly render: (variables: Readonly<Record<string, unknown>>) => Promise<TemplateRendering>;
}

/** The sources of a legacy template's active version, which substitution fills in. */
export interface LegacyTemplate {
  readonly kind: "legacy";
  readonly generateText: boolean;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
}

/** Finds a template of this project. `inactive`: none of its versions is to be sent, or can be. */
export type OpenTemplate = (
  projectId: string,
  templateId: string,
) => Promise<OpenedTemplate | LegacyTemplate | { readonly kind: "unknown" | "inactive" }>;

/** Renders the active version of a template of this project. */
export type RenderStoredTemplate = (
  projectId: string,
  templateId: string,
  variables: Readonly<Record<string, unknown>>,
) => Promise<TemplateRendering>;

type Compiled = {
  readonly template: CompiledTemplate;
  readonly strict: boolean;
  readonly sourceChars: number;
} | null;

/** A usual template takes some ten times its source once it is compiled. */
const CACHED_CHARS = 8 * 1024 * 1024;
const CACHED_VERSIONS = 1_000;
/** Beyond this many steps (about a millisecond) others get their turn before the next rendering. */
const STEPS_PER_TURN = 10_000;

/** Renders stored templates one by one. */
export function createTemplateRenderer(open: OpenTemplate): RenderStoredTemplate {
  return async (projectId, templateId, variables) => {
    const template = await open(projectId, templateId);
    switch (template.kind) {
      case "template":
        return await template.render(variables);
      case "legacy":
        return invalid("is a legacy template, which only /v3/mail/send and X-SMTPAPI fill in");
      case "unknown":
        return invalid("names no template of this project");
      case "inactive":
        return invalid("has no active version");
    }
  };
}

/**
 * Opens stored templates. Each version is compiled once and kept, under its id and the hash of its sources, so that a change counts
 * at once everywhere; those that were not used for longest make room.
 */
export function createTemplateOpener(options: { readonly db: Database }): OpenTemplate {
  const { db } = options;
  /** In the order of use, oldest first. */
  const cache = new Map<string, { readonly compiled: Promise<Compiled>; sourceChars: number }>();
  let cachedChars = 0;

  const forget = (key: string): void => {
    cachedChars -= cache.get(key)?.sourceChars ?? 0;
    cache.delete(key);
  };

  const compiledOf = (key: string, load: () => Promise<Compiled>): Promise<Compiled> => {
    const known = cache.get(key);
    if (known !== undefined) {
      cache.delete(key);
      cache.set(key, known);
      return known.compiled;
    }
    const entry = { compiled: load(), sourceChars: 0 };
    cache.set(key, entry);
    entry.compiled.then(
      (compiled) => {
        if (cache.get(key) !== entry) return;
        if (compiled === null) return forget(key);
        entry.sourceChars = compiled.sourceChars;
        cachedChars += compiled.sourceChars;
        for (const oldest of cache.keys()) {
          if (cachedChars <= CACHED_CHARS && cache.size <= CACHED_VERSIONS) break;
          forget(oldest);
        }
      },
      () => cache.get(key) === entry && forget(key),
    );
    return entry.compiled;
  };

  return async (projectId, templateId) => {
    const found = isId(templateId) ? await findActiveVersion(db, projectId, templateId) : null;
    if (found === null) return { kind: "unknown" };
    const { version, generation } = found;
    if (version === null) return { kind: "inactive" };
    const load = () => findTemplateVersion(db, projectId, templateId, version.id);
    const { generateText } = version;
    if (generation === "legacy") {
      const stored = await load();
      if (stored === null) return { kind: "inactive" };
      const { subject, html, text } = stored;
      return { kind: "legacy", generateText, subject, html, text };
    }
    const compiled = await compiledOf(`${version.id} ${version.sourceHash} ${version.strict}`, async () => {
      const stored = await load();
      return stored === null ? null : compileStored(stored);
    });
    if (compiled === null) return { kind: "inactive" };
    const { template, strict } = compiled;
    return {
      kind: "template",
      generateText,
      render: async (variables) => {
        const { steps, ...rendering } = renderTemplate(
          template,
          { ...TEMPLATE_PLACEHOLDERS, ...variables },
          { strict },
        );
        if (steps > STEPS_PER_TURN) await nextTurn();
        return rendering;
      },
    };
  };
}

function compileStored(version: TemplateVersion): Compiled {
  const { subject, html, text, strict } = version;
  const compiled = compileTemplate({ subject, html, text });
  // It was compiled before it was stored; only limits that were lowered since can refuse it.
  if (compiled.kind === "invalid") return null;
  const sourceChars = (subject ?? "").length + (html ?? "").length + (text ?? "").length;
  return { template: compiled.template, strict, sourceChars };
}

function invalid(message: string): TemplateRendering {
  return { kind: "invalid", errors: [{ field: "template", message }] };
}
