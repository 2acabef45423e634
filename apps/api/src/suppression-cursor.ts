import { SUPPRESSION_REASONS, type SuppressionKey } from "@waxwing/store";
import { invalid } from "./validator.ts";

/** Where a page of suppressions ended, for the next request. */
export function suppressionCursor({ address, reason, groupId }: SuppressionKey): string {
  return Buffer.from(JSON.stringify([address, reason, groupId])).toString("base64url");
}

/** Where the page before ended. @throws ProblemError for what no answer has given. */
export function readSuppressionCursor(cursor: string): SuppressionKey {
  const key = parse(Buffer.from(cursor, "base64url").toString());
  if (key === null || suppressionCursor(key) !== cursor || key.address.includes("\0")) {
    throw invalid([{ field: "cursor", message: "is not a cursor of this API" }]);
  }
  return key;
}

function parse(json: string): SuppressionKey | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const [address, reason, groupId] = value as readonly unknown[];
  const known = SUPPRESSION_REASONS.find((name) => name === reason);
  return typeof address === "string" &&
    known !== undefined &&
    Number.isInteger(groupId) &&
    Math.abs(Number(groupId)) < 2 ** 31
    ? { address, reason: known, groupId: Number(groupId) }
    : null;
}
