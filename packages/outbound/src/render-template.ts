import { setImmediate as nextTurn } from "node:timers/promises";
import { isId } from "@waxwing/runtime";
import { type Database, findActiveVersion, findTemplateVersion, type TemplateVersion } from "@waxwing/store";
import { type CompiledTemplate, compileTemplate, renderTemplate } from "@waxwing/templates";
import type { SubmissionProblem } from "./submission-problems.ts";

/** What a template became with its variables; a part that the version does not have is absent. */
type TemplateRendering =
  | { readonly kind: "rendered"; readonly subject?: string; readonly html?: string; readonly text?: string }
  | { readonly kind: "invalid"; readonly errors: readonly SubmissionProblem[] };

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

/**
 * Renders stored templates. Each version is compiled once and kept, under its id and the hash of its sources, so that a change
 * counts at once everywhere; those that were not used for longest make room.
 */
export function createTemplateRenderer(options: { readonly db: Database }): RenderStoredTemplate {
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

  return async (projectId, templateId, variables) => {
    const found = isId(templateId) ? await findActiveVersion(db, projectId, templateId) : null;
    if (found === null) return invalid("names no template of this project");
    const { version } = found;
    if (version === null) return invalid("has no active version");
    const compiled = await compiledOf(`${version.id} ${version.sourceHash} ${version.strict}`, async () => {
      const stored = await findTemplateVersion(db, projectId, templateId, version.id);
      return stored === null ? null : compileStored(stored);
    });
    if (compiled === null) return invalid("has no active version that can be used");
    const { steps, ...rendering } = renderTemplate(compiled.template, variables, { strict: compiled.strict });
    if (steps > STEPS_PER_TURN) await nextTurn();
    return rendering;
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
