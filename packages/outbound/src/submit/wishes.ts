import type { StoredOptions } from "@waxwing/store";
import type { Priority } from "../accept.ts";
import { submissionLimits } from "../submission.ts";
import { lineProblem, memberPath, type Report, storedProblem } from "../submission-problems.ts";

/** What the header of a submitted message asks for beside the message itself. Absent: not asked for. */
export interface Wishes {
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Unix time in ms; null: now. */
  readonly sendAtMs?: number | null;
  readonly ttlMs?: number;
  readonly priority?: Priority;
  readonly track?: NonNullable<StoredOptions["track"]>;
  readonly unsubscribe?: NonNullable<StoredOptions["unsubscribe"]>;
  readonly bypass?: NonNullable<StoredOptions["bypass"]>;
  readonly pool?: string;
  readonly requireTls?: true;
  readonly batchId?: string;
  readonly template?: {
    readonly id: string;
    readonly variables: Readonly<Record<string, unknown>>;
    /** The field that named it, for its problems. */
    readonly field: string;
  };
  /** Added at the end of text and html. */
  readonly footer?: { readonly text?: string; readonly html?: string };
  /** Gets a copy of every message. */
  readonly blindCopy?: string;
}

/** Reports what is wrong with tags; the limits are those of the API. */
export function checkTags(tags: readonly string[], field: string, report: Report): void {
  const { tags: maxTags, tagChars } = submissionLimits;
  if (tags.length > maxTags) report(field, `must have at most ${maxTags} items, not ${tags.length}`);
  for (const tag of tags.slice(0, maxTags)) {
    const problem =
      tag === ""
        ? "has an empty item"
        : tag.length > tagChars
          ? `has an item over ${tagChars} characters long`
          : lineProblem(tag);
    if (problem !== undefined) report(field, problem);
  }
}

/** Reads an object of texts; numbers and booleans count as what they print. */
export function readMetadata(
  value: unknown,
  field: string,
  report: Report,
): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) {
    report(field, "must be a JSON object");
    return undefined;
  }
  const metadata: Record<string, string> = {};
  let sizeBytes = 0;
  for (const [name, item] of Object.entries(value)) {
    if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean") {
      report(memberPath(field, name), "must be a text");
      continue;
    }
    const text = String(item);
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(text);
    const problem = storedProblem(name) ?? storedProblem(text);
    if (problem !== undefined) report(memberPath(field, name), problem);
    Object.defineProperty(metadata, name, { value: text, enumerable: true });
  }
  if (sizeBytes > submissionLimits.metadataBytes) {
    report(field, `must have at most ${submissionLimits.metadataBytes} bytes in all, not ${sizeBytes}`);
  }
  return metadata;
}

/** Reads the number of an unsubscribe group; whether there is such a group is asked later. */
export function readGroup(value: unknown, field: string, report: Report): number | undefined {
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 2 ** 31) return value;
  report(field, "must be the number of an unsubscribe group");
  return undefined;
}

/** A JSON object, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
