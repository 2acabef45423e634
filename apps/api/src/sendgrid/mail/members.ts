import { MESSAGES } from "../errors.ts";
import type { Report } from "./problems.ts";

/** A JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** Field names are part of answers; those that nobody knows come from the client. */
const MAX_NAME_CHARS = 80;

export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a member was given; several of SendGrid's clients write null for what they leave out. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Reports the members that SendGrid does not know, as it does. `field` is empty for the body itself. */
export function reportUnknown(
  members: Members,
  known: ReadonlySet<string>,
  field: string,
  report: Report,
): void {
  for (const name of Object.keys(members)) {
    if (!known.has(name)) report(memberField(field, name), MESSAGES.badRequest);
  }
}

/** The dotted path of a member whose name the client has chosen. */
export function memberField(parent: string, name: string): string {
  const shown = name.slice(0, MAX_NAME_CHARS).toWellFormed();
  return parent === "" ? shown : `${parent}.${shown}`;
}

/** An object of strings; undefined when it was reported or not given. */
export function readStrings(
  value: unknown,
  field: string,
  message: string,
  report: Report,
): Readonly<Record<string, string>> | undefined {
  if (!isGiven(value)) return undefined;
  if (!isObject(value) || !Object.values(value).every((member) => typeof member === "string")) {
    report(field, message);
    return undefined;
  }
  // Checked above, which a type guard cannot say of an index signature.
  return value as Readonly<Record<string, string>>;
}
