import {
  type ClaimedRecipient,
  type Database,
  type FirstLease,
  type Insertion,
  insertMessages,
  leasedRecipient,
  type NewMessage,
  type NewRecipient,
} from "@waxwing/store";
import { createFairQueue } from "./fair-queue.ts";

/**
 * From accepting to delivering within a process: a lane that is draining takes over what is accepted next, without a claim. The rows are stored as claimed by it, in the same statement as ever, so that nothing is true in memory alone.
 *
 * Invariants:
 * - a recipient is handed over after its commit, and only where its row says that the lane's lease holds it;
 * - a lane gives out what it took over as a claim would, the most urgent first and projects in turns, and takes over nothing that is less
 *   urgent than what waited in the backlog when it claimed last; while something waits there, claims have every other turn, and the larger ones;
 * - what it cannot take goes into the backlog as ever, and the lane is nudged: it claims once more before it ends.
 */
export interface Handover {
  /** Opens a lane's berth, closed at first; null where the lane has one. */
  readonly dock: (lane: string, options: DockOptions) => Berth | null;
  /** A place in a lane for a recipient that is about to be stored; null: none. Must be settled. */
  readonly reserve: (lane: string, priority: number) => Reservation | null;
  /** Tells a lane that something was stored for it. False: it is not draining here, so wake it. */
  readonly nudge: (lane: string) => boolean;
}

interface DockOptions {
  /** How what it takes over is claimed. */
  readonly lease: FirstLease;
  /** How many may wait in its berth. */
  readonly limit: number;
  /** Whether it could take anything. */
  readonly isFree: () => boolean;
}

interface Reservation {
  readonly lease: FirstLease;
  /** Hands the recipient over, or nothing where it was not stored or not leased. */
  readonly settle: (recipient: ClaimedRecipient | null) => void;
}

/** Where a lane takes over. */
export interface Berth {
  /**
   * From now on the lane takes over, down to this priority; null: all. False: it never can.
   */
  readonly open: (leastUrgent: number | null) => boolean;
  /** No further reservations. True when nothing is on its way or waits to be taken. */
  readonly close: () => boolean;
  /** Up to `limit` of what has been handed over. */
  readonly take: (limit: number) => readonly ClaimedRecipient[];
  /** What has been handed over and not taken: its leases want renewing. */
  readonly waiting: () => readonly ClaimedRecipient[];
  /** Something was stored for the lane that was not handed over. */
  readonly isNudged: () => boolean;
  /** A claim begins: what was stored until now it will see. */
  readonly heed: () => void;
  /** Resolves when something has been handed over, settled or nudged, or at {@link stir}. */
  readonly stirred: () => Promise<void>;
  readonly stir: () => void;
  /** Closes it for good; waits for what is on its way. */
  readonly leave: () => Promise<{ readonly handed: readonly ClaimedRecipient[]; readonly nudged: boolean }>;
}

/** Of a lane that takes nothing over. */
export const NO_BERTH: Berth = {
  open: () => false,
  close: () => true,
  take: () => [],
  waiting: () => [],
  isNudged: () => false,
  heed: () => undefined,
  stirred: () => Promise.resolve(),
  stir: () => undefined,
  leave: async () => ({ handed: [], nudged: false }),
};

/** Urgent, standard, bulk. */
const PRIORITIES = 3;

/** One for a process that both accepts and delivers. */
export function createHandover(): Handover {
  const lanes = new Map<
    string,
    { readonly reserve: (priority: number) => Reservation | null; readonly nudge: () => void }
  >();

  const dock = (lane: string, { lease, limit, isFree }: DockOptions): Berth => {
    /** -1: nothing is taken over. */
    let leastUrgent = -1;
    let nudged = false;
    let reserved = 0;
    const handed = createFairQueue<ClaimedRecipient>(PRIORITIES);
    let change: PromiseWithResolvers<void> | null = null;
    const stir = (): void => {
      change?.resolve();
      change = null;
    };
    const stirred = (): Promise<void> => {
      change ??= Promise.withResolvers<void>();
      return change.promise;
    };
    const settle = (recipient: ClaimedRecipient | null): void => {
      reserved--;
      if (recipient !== null) handed.add(recipient.priority, recipient.projectId, recipient);
      stir();
    };
    lanes.set(lane, {
      reserve: (priority) => {
        // Not where it is nudged either: everything accepted until the next claim would go into the backlog, by a statement that nudges
        // the lane again when that claim is over, and under load hardly anything was handed over any more.
        if (priority > leastUrgent || reserved + handed.size() >= limit || !isFree()) return null;
        reserved++;
        return { lease, settle };
      },
      nudge: () => {
        nudged = true;
        stir();
      },
    });
    return {
      open: (priority) => {
        leastUrgent = priority ?? PRIORITIES;
        return true;
      },
      close: () => {
        leastUrgent = -1;
        return reserved === 0 && handed.size() === 0;
      },
      take: handed.take,
      waiting: handed.all,
      isNudged: () => nudged,
      heed: () => {
        nudged = false;
      },
      stirred,
      stir,
      leave: async () => {
        leastUrgent = -1;
        while (reserved > 0) await stirred();
        lanes.delete(lane);
        return { handed: handed.all(), nudged };
      },
    };
  };

  return {
    dock: (lane, options) => (lanes.has(lane) ? null : dock(lane, options)),
    reserve: (lane, priority) => lanes.get(lane)?.reserve(priority) ?? null,
    nudge: (lane) => {
      const docked = lanes.get(lane);
      docked?.nudge();
      return docked !== undefined;
    },
  };
}

/**
 * Stores messages, and hands over those of their recipients that a lane has room for.
 *
 * @returns what became of each message, and the lanes to wake
 */
export async function insertAndHandOver(
  db: Database,
  handover: Handover,
  messages: readonly NewMessage[],
): Promise<{ readonly insertions: readonly Insertion[]; readonly sites: ReadonlySet<string> }> {
  const reservations = new Map<NewRecipient, Reservation>();
  const reserve = (recipient: NewRecipient, priority: number): NewRecipient => {
    const reservation = handover.reserve(recipient.site, priority);
    if (reservation === null) return recipient;
    const leased = { ...recipient, lease: reservation.lease };
    reservations.set(leased, reservation);
    return leased;
  };
  // What was ordered for a batch, and whether its time has come, is the claim's to find out.
  const stored = messages.map((message) =>
    message.sendAtMs === null && message.batchId === null
      ? {
          ...message,
          recipients: message.recipients.map((recipient) => reserve(recipient, message.priority)),
        }
      : message,
  );
  const insertions = await insertMessages(db, stored).catch((error: unknown) => {
    for (const { settle } of reservations.values()) settle(null);
    throw error;
  });
  const sites = new Set<string>();
  for (const [index, message] of stored.entries()) {
    const insertion = insertions[index];
    const leased = insertion?.kind === "stored" ? (insertion.leased ?? []) : [];
    for (const recipient of message.recipients) {
      const row = leased.find(({ ordinal }) => ordinal === recipient.ordinal);
      const reservation = reservations.get(recipient);
      reservation?.settle(row === undefined ? null : leasedRecipient(message, recipient, row));
      const isHandedOver = reservation !== undefined && row !== undefined;
      if (!isHandedOver && !handover.nudge(recipient.site)) sites.add(recipient.site);
    }
  }
  return { insertions, sites };
}
