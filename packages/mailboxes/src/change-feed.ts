import type { Clock, Logger } from "@waxwing/runtime";
import { type Database, type FolderChange, listenToMailboxes, type MailboxListener } from "@waxwing/store";

/** Tells sessions of this process what any process has changed. */
export interface ChangeFeed extends AsyncDisposable {
  /** Calls `onChange` after each change of the folder that commits from now on, maybe too often. Call the result to stop. */
  subscribe(folderId: string, onChange: () => void): () => void;
  /** What is heard of a folder; null: nobody has subscribed to it, or nothing is heard right now. */
  hearing(folderId: string): FolderHearing | null;
}

/** Of one folder, as long as somebody is subscribed to it. Always the same object. */
export interface FolderHearing {
  /** Grows with every change that is heard. */
  readonly changes: number;
  /** The highest modseq that was told; 0: none yet. */
  readonly modseq: number;
  /** Grows where something may have gone unheard. */
  readonly gaps: number;
}

/** How often the connection is asked for a sign of life: a network that drops packets ends no connection. */
const PING_EVERY_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;
/** So many are told at once: they are done in some 3 ms, and then those have their turn who wait for something else. */
const TOLD_AT_ONCE = 100;

/** A folder somebody is subscribed to. */
interface Room extends FolderHearing {
  changes: number;
  modseq: number;
  gaps: number;
  readonly listeners: Set<() => void>;
}

/**
 * Listens on one dedicated connection and hands every announcement to those who subscribed to its folder.
 *
 * Invariant: whoever is subscribed hears of every change. While there is no connection changes go unheard, so at every new
 * connection each folder counts as changed; that covers the time before the first one too, so nobody has to wait for it.
 */
export function createChangeFeed(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): ChangeFeed {
  const { db, clock, log } = options;
  const rooms = new Map<string, Room>();
  const stopping = new AbortController();
  let isListening = false;

  function tell(room: Room | undefined, modseq: number | null = null): void {
    if (room === undefined) return;
    room.changes++;
    if (modseq === null) room.gaps++;
    else room.modseq = Math.max(room.modseq, modseq);
    callAll(room, [...room.listeners], 0);
  }

  function callAll(room: Room, listeners: readonly (() => void)[], from: number): void {
    const next = from + TOLD_AT_ONCE;
    if (next < listeners.length) setImmediate(callAll, room, listeners, next);
    for (const listener of listeners.slice(from, next)) {
      // Gone while others were told.
      if (!room.listeners.has(listener)) continue;
      try {
        listener();
      } catch (err) {
        log.error({ event: "mailboxes.watcher_failed", err });
      }
    }
  }

  async function listen(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const onChange = ({ folderId, modseq }: FolderChange) => tell(rooms.get(folderId), modseq);
        await using listener = await listenToMailboxes(db, onChange);
        if (failures > 0) log.info({ event: "mailboxes.listening_again", failures });
        failures = 0;
        isListening = true;
        for (const room of [...rooms.values()]) tell(room);
        await watchOver(listener);
      } catch (err) {
        isListening = false;
        if (stopping.signal.aborted) return;
        failures++;
        const retryMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
        log.warn({ event: "mailboxes.listening_failed", err, retryMs });
        await pause(retryMs, stopping.signal);
      }
    }
  }

  /** Returns when the feed stops; throws when the connection is lost. */
  async function watchOver(listener: MailboxListener): Promise<void> {
    const over = new AbortController();
    const lost = listener.ended.then(() => {
      isListening = false;
      over.abort();
    });
    const signal = AbortSignal.any([over.signal, stopping.signal]);
    while (!signal.aborted) {
      await pause(PING_EVERY_MS, signal);
      if (!signal.aborted) await listener.ping();
    }
    if (stopping.signal.aborted) return;
    await lost;
    throw new Error("the connection that listens for changes of mailboxes has ended");
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  const listening = listen();
  return {
    subscribe(folderId, onChange) {
      // A function of its own, so that the same `onChange` can be subscribed twice.
      const listener = () => onChange();
      const room = rooms.get(folderId) ?? { changes: 0, modseq: 0, gaps: 0, listeners: new Set() };
      rooms.set(folderId, room);
      room.listeners.add(listener);
      return () => {
        room.listeners.delete(listener);
        if (room.listeners.size === 0 && rooms.get(folderId) === room) rooms.delete(folderId);
      };
    },
    hearing: (folderId) => (isListening ? (rooms.get(folderId) ?? null) : null),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await listening;
    },
  };
}
