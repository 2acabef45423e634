import { isRangeWithin, parseIpRange } from "@waxwing/runtime";
import type { Caller } from "./authenticate.ts";
import { readInstant } from "./instant.ts";
import { type FieldProblem, ProblemError } from "./problems.ts";
import { invalid } from "./validator.ts";

/** From where and how long something may be used that opens the platform: an API key or an SMTP credential. */
export interface KeyLimits {
  readonly allowedIps: string[];
  readonly expiresAt: Date | null;
}

/**
 * Reads the limits that a request asks for, and checks its name.
 *
 * @throws ProblemError naming every field that is wrong.
 */
export function readLimits(
  body: {
    readonly name: string;
    readonly allowed_ips?: readonly string[] | undefined;
    readonly expires_at?: string | undefined;
  },
  nowMs: number,
): KeyLimits {
  const errors: FieldProblem[] = [];
  const allowedIps = [...new Set(body.allowed_ips ?? [])];
  for (const [index, text] of (body.allowed_ips ?? []).entries()) {
    const range = parseIpRange(text);
    if (range.kind === "bad") errors.push({ field: `allowed_ips[${index}]`, message: range.message });
  }
  const expiresAt = body.expires_at === undefined ? null : readInstant(body.expires_at);
  if (body.expires_at !== undefined && expiresAt === null) {
    errors.push({ field: "expires_at", message: "must be ISO 8601 with offset: 2030-01-31T12:00:00Z" });
  }
  if (expiresAt !== null && expiresAt.getTime() <= nowMs) {
    errors.push({ field: "expires_at", message: "has passed" });
  }
  if (body.name.includes("\0") || !body.name.isWellFormed()) {
    errors.push({ field: "name", message: "contains what is not text" });
  }
  if (errors.length > 0) throw invalid(errors);
  return { allowedIps, expiresAt };
}

/**
 * Refuses what would be stronger than the key that makes it: that key would be as strong itself.
 *
 * @throws ProblemError `missing-scope`
 */
export function refuseExcess(caller: Caller, scopes: readonly string[], wanted: KeyLimits): void {
  const errors: FieldProblem[] = [];
  const excess = scopes.filter((scope) => !caller.scopes.has(scope) && !caller.scopes.has("*"));
  if (excess.length > 0) {
    errors.push({ field: "scopes", message: `holds what this API key does not have: ${excess.join(", ")}` });
  }
  if (
    caller.allowedIps.length > 0 &&
    (wanted.allowedIps.length === 0 ||
      !wanted.allowedIps.every((range) => isRangeWithin(range, caller.allowedIps)))
  ) {
    errors.push({ field: "allowed_ips", message: "must lie within those of this API key" });
  }
  if (
    caller.expiresAtMs !== null &&
    (wanted.expiresAt === null || wanted.expiresAt.getTime() > caller.expiresAtMs)
  ) {
    errors.push({ field: "expires_at", message: "must not be after that of this API key" });
  }
  if (errors.length === 0) return;
  throw new ProblemError("missing-scope", "nothing can be given more than the API key that makes it has", {
    errors,
  });
}
