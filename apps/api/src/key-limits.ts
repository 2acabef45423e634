import { isRangeWithin, parseIpRange } from "@waxwing/runtime";
import { type Caller, hasScope } from "./authenticate.ts";
import { readInstant } from "./instant.ts";
import { type FieldProblem, ProblemError } from "./problems.ts";
import { invalid } from "./validator.ts";

/** How far something goes that opens the platform: an API key or an SMTP credential. */
export interface KeyLimits {
  /** Empty: from anywhere. */
  readonly allowedIps: string[];
  /** null: never. */
  readonly expiresAt: Date | null;
  /** Requests per second; null or absent: none of its own. */
  readonly rateLimit?: number | null;
  /** Recipients per day; null or absent: none of its own. */
  readonly dailyQuota?: number | null;
}

/** What of a key is changed; absent: not that. */
export interface KeyChange {
  readonly name?: string;
  readonly scopes?: string[];
  readonly allowedIps?: string[];
  readonly expiresAt?: Date | null;
  readonly rateLimit?: number | null;
  readonly dailyQuota?: number | null;
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
  const { allowedIps = [], expiresAt = null } = readChange(body, nowMs);
  return { allowedIps, expiresAt };
}

/**
 * Reads what a request wants to be changed.
 *
 * @throws ProblemError naming every field that is wrong.
 */
export function readChange(
  body: {
    readonly name?: string | undefined;
    readonly allowed_ips?: readonly string[] | undefined;
    readonly expires_at?: string | null | undefined;
  },
  nowMs: number,
): Pick<KeyChange, "name" | "allowedIps" | "expiresAt"> {
  const errors: FieldProblem[] = [];
  const { name, allowed_ips: ranges, expires_at: expiry } = body;
  for (const [index, text] of (ranges ?? []).entries()) {
    const range = parseIpRange(text);
    if (range.kind === "bad") errors.push({ field: `allowed_ips[${index}]`, message: range.message });
  }
  const expiresAt = typeof expiry === "string" ? readInstant(expiry) : expiry;
  if (typeof expiry === "string" && expiresAt === null) {
    errors.push({ field: "expires_at", message: "must be ISO 8601 with offset: 2030-01-31T12:00:00Z" });
  }
  if (expiresAt && expiresAt.getTime() <= nowMs) errors.push({ field: "expires_at", message: "has passed" });
  if (name !== undefined && (name.includes("\0") || !name.isWellFormed())) {
    errors.push({ field: "name", message: "contains what is not text" });
  }
  if (errors.length > 0) throw invalid(errors);
  return {
    ...(name !== undefined && { name }),
    ...(ranges !== undefined && { allowedIps: [...new Set(ranges)] }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/**
 * Refuses what would be stronger than the key that makes it: that key would be as strong itself.
 *
 * @throws ProblemError `missing-scope`
 */
export function refuseExcess(caller: Caller, scopes: readonly string[], wanted: KeyLimits): void {
  const { rateLimit = null, dailyQuota = null } = wanted;
  refuseStrengthening(caller, { ...wanted, scopes: [...scopes], rateLimit, dailyQuota });
}

/**
 * Refuses a change that gives something what the key that asks does not have itself.
 *
 * @throws ProblemError `missing-scope`
 */
export function refuseStrengthening(caller: Caller, change: KeyChange): void {
  const { scopes = [], allowedIps, expiresAt, rateLimit, dailyQuota } = change;
  const errors: FieldProblem[] = [];
  const excess = scopes.filter((scope) => !hasScope(caller, scope));
  if (excess.length > 0) {
    errors.push({ field: "scopes", message: `holds what this API key does not have: ${excess.join(", ")}` });
  }
  if (
    allowedIps !== undefined &&
    caller.allowedIps.length > 0 &&
    (allowedIps.length === 0 || !allowedIps.every((range) => isRangeWithin(range, caller.allowedIps)))
  ) {
    errors.push({ field: "allowed_ips", message: "must lie within those of this API key" });
  }
  if (
    expiresAt !== undefined &&
    caller.expiresAtMs !== null &&
    (expiresAt === null || expiresAt.getTime() > caller.expiresAtMs)
  ) {
    errors.push({ field: "expires_at", message: "must not be after that of this API key" });
  }
  for (const [field, asked, own] of [
    ["rate_limit", rateLimit, caller.rateLimit],
    ["daily_quota", dailyQuota, caller.dailyQuota],
  ] as const) {
    if (asked !== undefined && own !== null && (asked === null || asked > own)) {
      errors.push({ field, message: `must not be above that of this API key, ${own}` });
    }
  }
  if (errors.length === 0) return;
  throw new ProblemError("missing-scope", "nothing can be given more than the API key that makes it has", {
    errors,
  });
}
