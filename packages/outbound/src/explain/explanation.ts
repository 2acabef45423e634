import type { Routed } from "../routing/route.ts";

/** What is asked: the way of a message to this address. */
export interface Question {
  /** As `readAddress` gives it. */
  readonly address: string;
  readonly domain: string;
  /** Whose message it would be. */
  readonly projectId: string;
  /** The sender's domain; absent: any verified one. */
  readonly from?: string | undefined;
  /** The egress pool. */
  readonly pool: string;
  readonly tags: readonly string[];
  /** Who asks sees what belongs to the platform, beside what is the project's own. */
  readonly isOperator: boolean;
}

/** What is found out on the way and used by those that come after. */
export interface Trail {
  readonly routed: Routed;
  /** The lane the message would wait in. */
  readonly lane: string;
}

/** One thing that is so, in a sentence. */
interface Finding {
  /** Such as `route` or `holds`. */
  readonly topic: string;
  readonly says: string;
  /** `stops`: the message would not be sent, or not now. */
  readonly effect: "goes-on" | "waits" | "stops";
  /** The same for programs. Never a secret. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Knows one part of the way. It answers with nothing where that part does not matter. */
export type Explainer = (question: Question, trail: Trail) => Promise<readonly Finding[]>;

/** What would become of a message to an address. */
export interface Explanation {
  readonly summary: string;
  readonly findings: readonly Finding[];
}

/** Puts the answer together: all explainers at once, their findings in their order, and first what matters most. */
export function createExplanation(options: {
  readonly trailOf: (question: Question) => Promise<Trail>;
  readonly explainers: readonly Explainer[];
}): (question: Question) => Promise<Explanation> {
  const { trailOf, explainers } = options;
  return async (question) => {
    const trail = await trailOf(question);
    const found = await Promise.all(explainers.map((explain) => explain(question, trail)));
    const findings = found.flat();
    const decisive =
      findings.find(({ effect }) => effect === "stops") ?? findings.find(({ effect }) => effect === "waits");
    return {
      summary:
        decisive === undefined
          ? `A message to ${question.address} would be tried at once.`
          : `A message to ${question.address} would ${decisive.effect === "stops" ? "not be sent" : "wait"}: ${decisive.says}`,
      findings,
    };
  };
}
