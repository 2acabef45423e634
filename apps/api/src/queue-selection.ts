import { readHoldSubject } from "@waxwing/outbound";
import { isId } from "@waxwing/runtime";
import type { HoldKind, RecipientRef } from "@waxwing/store";
import type { Caller } from "./authenticate.ts";
import type { FieldProblem } from "./problems.ts";
import { invalid } from "./validator.ts";

/** What a request is about, and whose mail: `projectId` null is everybody's. */
export interface Selected<Kind extends HoldKind | "message"> {
  readonly kind: Kind;
  readonly value: string;
  readonly projectId: string | null;
}

/**
 * Reads what a hold or an order on the queue is about. Sites belong to the platform: its own key must ask, and means everybody's mail.
 *
 * @throws ProblemError naming every field that is wrong, also where the caller may not ask for it
 */
export function readSelection<Kind extends HoldKind | "message">(
  caller: Pick<Caller, "projectId" | "isOperator">,
  body: { readonly kind: Kind; readonly value?: string | undefined; readonly platform?: boolean | undefined },
): Selected<Kind> {
  const { kind } = body;
  const errors: FieldProblem[] = [];
  const operatorsOnly = "needs a key of the platform's first project";
  const platform = body.platform === true || (kind === "site" && caller.isOperator);
  if (body.platform === true && !caller.isOperator)
    errors.push({ field: "platform", message: operatorsOnly });
  if (kind === "site" && !caller.isOperator) errors.push({ field: "kind", message: `site ${operatorsOnly}` });
  const text = body.value ?? (kind === "project" ? caller.projectId : "");
  const read = readHoldSubject(kind, text);
  if (read.kind === "invalid") errors.push({ field: "value", message: read.message });
  else if (kind === "project" && !platform && read.value !== caller.projectId)
    errors.push({ field: "value", message: "is not the project of this API key" });
  if (errors.length > 0 || read.kind === "invalid") throw invalid(errors);
  return { kind, value: read.value, projectId: platform ? null : caller.projectId };
}

/** A place in the queue as an opaque text, and back; null for a text that is no such place. */
export function formatPlace({ messageId, ordinal }: RecipientRef): string {
  return `${messageId}.${ordinal}`;
}

export function parsePlace(text: string): RecipientRef | null {
  const [messageId = "", ordinal = "", ...rest] = text.split(".");
  if (rest.length > 0 || !isId(messageId) || !/^\d{1,6}$/.test(ordinal)) return null;
  return { messageId, ordinal: Number(ordinal) };
}
