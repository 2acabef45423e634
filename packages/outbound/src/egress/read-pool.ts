import { lineProblem, type Report } from "../submission-problems.ts";

/** SendGrid's limits (twilio/sendgrid-oai, ip_pool_name). */
const MIN_POOL_CHARS = 2;
const MAX_POOL_CHARS = 64;

/** Reads the name of an egress pool; whether there is such a pool is asked later. */
export function readPool(value: unknown, field: string, report: Report): string | undefined {
  if (
    typeof value === "string" &&
    value.length >= MIN_POOL_CHARS &&
    value.length <= MAX_POOL_CHARS &&
    lineProblem(value) === undefined
  ) {
    return value;
  }
  report(field, `must be a name of ${MIN_POOL_CHARS} to ${MAX_POOL_CHARS} characters`);
  return undefined;
}
