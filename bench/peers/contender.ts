import type { LoadPlan } from "../load-plan.ts";

/** A mail system that takes messages in and delivers them to the sink. */
export interface Contender {
  /** Its name and version, and how mail gets in. */
  readonly name: string;
  /** Where the load goes. */
  readonly door: Pick<LoadPlan, "api" | "apiKey" | "smtp">;
  /** Its processes; what they have started counts as theirs. */
  readonly processes: () => Promise<readonly number[]>;
  /** Waits until so many messages more than when it was called are done in its own books; the sink has them by then or soon. */
  readonly expect: (messages: number) => Promise<() => Promise<void>>;
}

/** Contenders that run, or why there are none of this kind on this machine. */
export type Started =
  | { readonly kind: "running"; readonly contenders: readonly Contender[] }
  | { readonly kind: "missing"; readonly reason: string };

/** What all of them sign with. */
export interface BenchKey {
  readonly domain: string;
  readonly selector: string;
  /** PEM, PKCS #8, RSA-2048. */
  readonly privateKey: string;
}
