import { type Database, type Hold, listHolds } from "@waxwing/store";
import { findHoldOn, type HeldSubject, holdsBySubject } from "./hold-watch.ts";

/** A recipient that may wait for a hold. */
export interface WaitingRecipient extends HeldSubject {
  /** The lane it waits in; null: it does not wait, or a worker has it. */
  readonly lane: string | null;
}

/** Tells which hold a recipient waits for; null: none. */
export type HoldOf = (recipient: WaitingRecipient) => Hold | null;

/** Reads the holds there are now; not even that where none of these recipients waits. */
export async function readHolds(
  db: Database,
  recipients: readonly Pick<WaitingRecipient, "lane">[],
): Promise<HoldOf> {
  if (recipients.every(({ lane }) => lane === null)) return () => null;
  const holds = holdsBySubject(await listHolds(db, null));
  return ({ lane, ...subject }) => (lane === null ? null : findHoldOn(holds, lane, subject));
}

/** What a hold may say to a project: why the platform holds mail is the operator's business. */
export function holdReason(hold: Pick<Hold, "projectId" | "reason">): string | null {
  return hold.projectId === null || hold.reason === "" ? null : hold.reason;
}
