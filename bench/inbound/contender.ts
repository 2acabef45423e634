import type { CpuTimes } from "../cpu.ts";

/** A mail system that takes mail for waxwing.test in, checks SPF, DKIM and DMARC, and files it. */
export interface InboundContender {
  /** Its names and versions. */
  readonly name: string;
  /** Of 127.0.0.1; takes mail for `box0@waxwing.test` and so on. */
  readonly port: number;
  /** Its processes; what they have started counts as theirs. */
  readonly roots: readonly number[];
  /** What its parts have used so far; null: they are not told apart. */
  readonly parts: (() => Promise<CpuTimes>) | null;
  /** Resolves when all that was taken in is filed. */
  readonly settle: () => Promise<void>;
  /** How many messages are filed, and what one of them was found to be. */
  readonly look: () => Promise<{ readonly filed: number; readonly verdict: string }>;
}

/** The domain that mail comes from. */
export const SENDER_DOMAIN = "bench.example";

/** Mailboxes that mail is spread over: box0@, box1@ and so on. */
export const MAILBOXES = 20;
