import type { FolderId } from "../mailbox-session.ts";
import { systemClock, type WireClock } from "../wire/clock.ts";

/** How soon after a login the same maildrop may be opened again (RFC 2449 §6.5), counted for all doors that share it. */
export interface LoginDelay {
  /** As CAPA says it. */
  readonly seconds: number;
  readonly isOver: (maildrop: FolderId) => boolean;
  /** A login has succeeded. */
  readonly begin: (maildrop: FolderId) => void;
}

/** @param seconds whole, 1 or more. Logins of other processes are not known. */
export function createLoginDelay(seconds: number, clock: WireClock = systemClock): LoginDelay {
  /** Unix ms by maildrop, oldest first: what is over is forgotten. */
  const logins = new Map<FolderId, number>();
  const isPast = (atMs: number): boolean => atMs + seconds * 1_000 <= clock.now();
  return {
    seconds,
    isOver: (maildrop) => isPast(logins.get(maildrop) ?? Number.NEGATIVE_INFINITY),
    begin: (maildrop) => {
      for (const [known, atMs] of logins) {
        if (!isPast(atMs)) break;
        logins.delete(known);
      }
      logins.delete(maildrop);
      logins.set(maildrop, clock.now());
    },
  };
}
