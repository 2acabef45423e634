import { type ClaimedRecipient, type Database, type Hold, putOffHeld, releaseClaims } from "@waxwing/store";
import { standingOrder } from "../standing-orders.ts";
import type { HoldWatch } from "./hold-watch.ts";

/** A claimed recipient that a hold keeps. */
export interface HeldRecipient {
  readonly recipient: ClaimedRecipient;
  readonly hold: Hold;
}

/**
 * Which of these a hold keeps. One that would not be sent anyway is not among them: what is final goes before what is not.
 *
 * @param claimedAtMs when they were claimed (Unix time in ms)
 */
export async function heldAmong(
  holds: HoldWatch,
  lane: string,
  claimed: readonly ClaimedRecipient[],
  claimedAtMs: number,
): Promise<readonly HeldRecipient[]> {
  const held: HeldRecipient[] = [];
  for (const recipient of claimed) {
    if (standingOrder(recipient, claimedAtMs) !== null) continue;
    const hold = await holds.holdOn(lane, recipient, claimedAtMs);
    if (hold !== null) held.push({ recipient, hold });
  }
  return held;
}

/**
 * Gives held recipients back untried. Those of a held site or project stay due: no claim takes them while the hold lasts. The others
 * are put off, because a claim would take them again.
 */
export async function setAside(db: Database, leaseId: string, held: readonly HeldRecipient[]): Promise<void> {
  const passedOver = held.filter(({ hold }) => hold.kind === "site" || hold.kind === "project");
  const putOff = held.filter(({ hold }) => hold.kind === "domain" || hold.kind === "tag");
  if (passedOver.length > 0) {
    await releaseClaims(
      db,
      leaseId,
      passedOver.map(({ recipient }) => recipient),
    );
  }
  if (putOff.length > 0) {
    await putOffHeld(
      db,
      leaseId,
      putOff.map(({ recipient, hold }) => ({ ...recipient, holdId: hold.id })),
    );
  }
}
