import type { QuotaExcess } from "@waxwing/store";
import { ProblemError } from "./problems.ts";

/** The refusal of recipients for whom a daily quota has no room. Nothing of the request was kept. */
export function quotaExceeded(excess: QuotaExcess, nowMs: number): ProblemError {
  const { of, quota, used, wanted, resetAtMs } = excess;
  const whose = of === "key" ? "this API key" : "this project";
  return new ProblemError(
    "quota-exceeded",
    `${whose} may send to ${quota} recipients a day (UTC) and has sent to ${used}; ${wanted} more do not fit`,
    // RFC 9110 §10.2.3
    { headers: { "retry-after": String(Math.max(1, Math.ceil((resetAtMs - nowMs) / 1_000))) } },
  );
}
