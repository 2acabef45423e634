import type { ClaimedRecipient } from "@waxwing/store";

/** What stands against trying a claimed recipient: its end without an attempt, or that its time has not come. */
export type StandingOrder =
  | { readonly kind: "end"; readonly state: "dropped" | "expired" | "cancelled"; readonly reason: string }
  | { readonly kind: "put-off" };

/** Looks at what was ordered for a recipient before anything is sent; null: try it. What is final goes before what is not. */
export function standingOrder(
  recipient: Pick<ClaimedRecipient, "suppressed" | "expiresAtMs" | "batchStatus">,
  nowMs: number,
): StandingOrder | null {
  const { suppressed, expiresAtMs, batchStatus } = recipient;
  if (batchStatus === "cancel") return { kind: "end", state: "cancelled", reason: "its batch was cancelled" };
  if (expiresAtMs !== null && nowMs >= expiresAtMs) {
    const reason = "its time to live ran out before it could be delivered";
    return { kind: "end", state: "expired", reason };
  }
  if (batchStatus === "expired")
    return { kind: "end", state: "expired", reason: "its batch was paused for more than 72 hours" };
  if (batchStatus === "pause") return { kind: "put-off" };
  if (suppressed !== null)
    return { kind: "end", state: "dropped", reason: `the address is suppressed (${suppressed})` };
  return null;
}
