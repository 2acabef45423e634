import { aboutRecipient, bounceKind, type EventNotifier, newEvent } from "@waxwing/events";
import { type BounceVerdict, failureKind, isSoftBounce } from "@waxwing/message";
import type { LaneQueue } from "@waxwing/queue";
import { type Clock, Counter, type Logger, type MetricsRegistry } from "@waxwing/runtime";
import {
  type AttemptRow,
  type ClaimedRecipient,
  createGroupCommit,
  type Database,
  type NewEvent,
  type NewSuppression,
  type RecipientRef,
  type RecordedOutcome,
  recordOutcomes,
} from "@waxwing/store";
import type { Decision } from "./decide.ts";
import type { Judgement } from "./judge.ts";
import { createConversationBudget, keptConversation } from "./kept-conversation.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import { dueReport } from "./report/due-report.ts";
import { type DueReport, prepareReports } from "./report/report-messages.ts";
import { siteOf } from "./routing/site-name.ts";
import { waitForDatabase } from "./wait-for-database.ts";

/**
 * Between two statements under load. Nobody waits for an outcome, and 16 of them in a statement cost PostgreSQL half as much again as 30;
 * but what is not recorded when the process is killed goes out twice, so it is short.
 */
const REST = { ms: 10, enough: 64 } as const;

/** An attempt that has ended, with what was decided. */
interface FinishedAttempt {
  readonly recipient: ClaimedRecipient;
  readonly startedAtMs: number;
  readonly outcome: DeliveryOutcome;
  /** Null for a delivery. */
  readonly judgement: Judgement | null;
  readonly decision: Decision;
}

/** A recipient that was not tried: it must not be, it is too late, or (`bounced`) the operator has ended it. */
interface Untried {
  readonly recipient: ClaimedRecipient;
  readonly state: "dropped" | "expired" | "cancelled" | "bounced";
  readonly reason: string;
}

/**
 * Makes outcomes durable. Resolves when the outcome is committed; `lost` when another worker owns the recipient by now. A database that
 * is away for a moment is waited for.
 */
export type Recorder = (finished: FinishedAttempt | Untried) => Promise<"recorded" | "lost">;

/** An outcome on its way into the database, with what the sender is to be told of it. */
interface Recording extends RecordedOutcome {
  readonly projectId: string;
  readonly report: DueReport | null;
}

/**
 * The recording stage: outcomes that end at about the same time share one transaction with their attempts and events, and with the
 * reports on them (RFC 3464). So a report is queued exactly once, whatever is killed when; what a group of outcomes says of one
 * message is one report.
 *
 * @param options.lanes told of the reports
 * @param options.hostname our name in reports
 */
export function createRecorder(options: {
  readonly db: Database;
  readonly leaseId: string;
  readonly notify: EventNotifier;
  readonly lanes: Pick<LaneQueue, "wake">;
  readonly hostname: string;
  readonly maxAgeMs: number;
  readonly retryScheduleMs: readonly number[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
}): Recorder {
  const { db, leaseId, notify, lanes, clock, log, retryScheduleMs } = options;
  const recordWithReports = async (
    outcomes: readonly Recording[],
    due: readonly DueReport[],
  ): Promise<{ readonly lost: readonly RecipientRef[] }> => {
    if (due.length === 0) return await recordOutcomes(db, leaseId, outcomes);
    const write = await prepareReports(db, due);
    return await recordOutcomes(db, leaseId, outcomes, async (lost) => {
      // Of an outcome that another worker has taken over, that one reports.
      const gone = new Set(lost.map(({ messageId, ordinal }) => `${messageId}.${ordinal}`));
      try {
        return await write(({ messageId, ordinal }) => !gone.has(`${messageId}.${ordinal}`), {
          ...options,
          nowMs: clock.now(),
        });
      } catch (err) {
        // A report that cannot be written must not keep its outcome from being recorded: the mail would go out again and again.
        log.error({ event: "report.failed", messages: due.map(({ recipient }) => recipient.messageId), err });
        return [];
      }
    });
  };
  /**
   * Without waiting, what was just delivered would go out again when the lease has run out; a lane that waits begins nothing new
   * meanwhile. Where the answer to a commit was lost, the second try finds nothing left to record, which counts as lost; it is not.
   */
  const recordWhenThere: typeof recordWithReports = (outcomes, due) =>
    waitForDatabase(clock, () => recordWithReports(outcomes, due));
  const recorded = outcomeCounter(options.metrics);
  const commit = createGroupCommit<Recording, "recorded" | "lost">({
    waitMs: 2,
    maxItems: 200,
    maxWrites: 2,
    patienceMs: 100,
    rest: REST,
    write: async (outcomes) => {
      const due = outcomes.flatMap(({ report }) => report ?? []);
      const { lost } = await recordWhenThere(outcomes, due);
      if (due.length > 0) {
        const sites = new Set(due.map(({ recipient }) => siteOf(recipient.options.dsn?.returnTo ?? "")));
        lanes.wake(sites).catch((err: unknown) => log.warn({ event: "lane.wake-failed", err }));
      }
      notify(new Set(outcomes.map((outcome) => outcome.projectId)));
      for (const outcome of outcomes) recorded.inc({ state: outcome.state });
      const gone = new Set(lost.map((ref) => `${ref.messageId}.${ref.ordinal}`));
      return outcomes.map((outcome) =>
        gone.has(`${outcome.messageId}.${outcome.ordinal}`) ? "lost" : "recorded",
      );
    },
  });
  const mayKeep = createConversationBudget();
  return (finished) => {
    const nowMs = clock.now();
    const { recipient } = finished;
    const row = "outcome" in finished ? attemptedRow(finished, nowMs, mayKeep) : untriedRow(finished, nowMs);
    const reported = dueReport(recipient, finished, retryScheduleMs);
    return commit({
      ...row,
      // What becomes of a report is no event of the mail that the project sends.
      ...(recipient.options.report === true && { events: [] }),
      projectId: recipient.projectId,
      report: reported === null ? null : { recipient, reported },
    });
  };
}

/** One counter, however many recorders a process has: the worker's, and that of the API for what operators end. */
function outcomeCounter(metrics: MetricsRegistry): Pick<Counter<"state">, "inc"> {
  const name = "waxwing_outcomes_total";
  const known = metrics.getSingleMetric(name);
  if (known instanceof Counter) return known;
  const help = "Recipients by what became of them, retries counted each time";
  return new Counter({ name, help, labelNames: ["state"], registers: [metrics] });
}

function attemptedRow(
  finished: FinishedAttempt,
  nowMs: number,
  mayKeep: (nowMs: number) => boolean,
): RecordedOutcome {
  const { recipient, startedAtMs, outcome, judgement, decision } = finished;
  const isTold = judgement !== null || recipient.attempt > 1 || mayKeep(nowMs);
  return {
    messageId: recipient.messageId,
    ordinal: recipient.ordinal,
    attempt: recipient.attempt,
    state: decision.kind,
    dueAtMs: decision.kind === "deferred" ? decision.dueAtMs : null,
    reply: outcome.reply,
    attempts: [
      ...lostAttempt(recipient, startedAtMs),
      {
        number: recipient.attempt,
        outcome: attemptOutcome(outcome, judgement),
        startedAtMs,
        durationMs: Math.max(0, nowMs - startedAtMs),
        host: outcome.host,
        remoteAddress: outcome.remoteAddress,
        tls: outcome.tls,
        ...(outcome.tlsPolicy !== undefined && { tlsPolicy: outcome.tlsPolicy }),
        replyCode: outcome.replyCode,
        enhancedCode: outcome.enhancedCode,
        reply: outcome.reply,
        rule: judgement?.rule ?? outcome.rule,
        remoteSpoke: outcome.remoteSpoke,
        class: judgement?.class ?? null,
        scope: judgement?.scope ?? null,
        egress: outcome.egress ?? null,
        conversation: isTold ? keptConversation(outcome.conversation) : null,
      },
    ],
    events: eventsOf(finished, nowMs),
    ...(decision.kind === "bounced" && {
      suppression: suppressionOf(recipient, outcome, judgement, decision.type),
      ...(judgement !== null && isSoftBounce(judgement.class) && { softBounce: recipient }),
    }),
  };
}

/** What the attempt came to as we see it, which the code of the reply only proposes. */
function attemptOutcome({ kind }: DeliveryOutcome, judgement: Judgement | null): AttemptRow["outcome"] {
  if (kind === "unknown" || kind === "delivered" || judgement === null) return kind;
  return judgement.retry === "never" ? "bounced" : "deferred";
}

/** Every bounce is put on record; which of them keep further mail back is judged by what was said of the address. */
function suppressionOf(
  recipient: ClaimedRecipient,
  outcome: DeliveryOutcome,
  judgement: Judgement | null,
  type: "permanent" | "timeout",
): NewSuppression {
  return {
    projectId: recipient.projectId,
    address: recipient.address,
    reason: verdictOf(judgement, type),
    detail: outcome.reply,
    status: outcome.enhancedCode,
    class: judgement?.class ?? null,
    messageId: recipient.messageId,
  };
}

/** What never got through was never refused for good, whatever was said on the last attempt. */
function verdictOf(judgement: Judgement | null, type: "permanent" | "timeout"): BounceVerdict {
  return judgement === null || type === "timeout" ? "blocked" : failureKind(judgement.class).verdict;
}

function untriedRow({ recipient, state, reason }: Untried, nowMs: number): RecordedOutcome {
  return {
    messageId: recipient.messageId,
    ordinal: recipient.ordinal,
    attempt: recipient.attempt,
    state,
    dueAtMs: null,
    reply: reason,
    attempts: lostAttempt(recipient, nowMs),
    events: [untriedEvent({ recipient, state, reason }, nowMs)],
  };
}

function untriedEvent({ recipient, state, reason }: Untried, nowMs: number): NewEvent {
  const about = aboutRecipient(recipient);
  switch (state) {
    case "dropped": {
      const suppression = recipient.suppressed === null ? {} : { suppression: recipient.suppressed };
      return newEvent(recipient, "dropped", { ...about, reason, ...suppression }, nowMs);
    }
    case "expired":
      return newEvent(recipient, "expired", { ...about, reply: reason }, nowMs);
    case "cancelled":
      return newEvent(recipient, "cancelled", about, nowMs);
    case "bounced": {
      const { attempt } = recipient;
      // Nothing was said of the address.
      const bounce = { attempt, reply: reason, ...bounceKind("blocked"), cause: "operator" } as const;
      return newEvent(recipient, "bounced", { ...about, ...bounce }, nowMs);
    }
  }
}

/** The attempt of a worker that ended before it could record an outcome: kept, so that a possible duplicate shows. */
function lostAttempt(recipient: ClaimedRecipient, nowMs: number): AttemptRow[] {
  if (!recipient.interrupted) return [];
  return [
    {
      number: recipient.attempt - 1,
      outcome: "unknown",
      startedAtMs: nowMs,
      durationMs: 0,
      host: null,
      remoteAddress: null,
      tls: null,
      replyCode: null,
      enhancedCode: null,
      reply: "the worker ended before it recorded the outcome of this attempt; it may have been delivered",
      rule: "worker.interrupted",
      remoteSpoke: false,
      class: null,
      scope: null,
      egress: null,
      conversation: null,
    },
  ];
}

function eventsOf(
  { recipient, outcome, judgement, decision }: FinishedAttempt,
  nowMs: number,
): readonly NewEvent[] {
  const about = aboutRecipient(recipient);
  const attempt = {
    ...about,
    attempt: recipient.attempt,
    reply: outcome.reply,
    ...(outcome.replyCode !== null && { code: outcome.replyCode }),
    ...(outcome.enhancedCode !== null && { enhanced_code: outcome.enhancedCode }),
    ...(outcome.host !== null && { host: outcome.host }),
    ...(judgement !== null && { class: judgement.class }),
  };
  const first = recipient.attempt === 1 ? [newEvent(recipient, "processed", about, nowMs)] : [];
  switch (decision.kind) {
    case "delivered": {
      const tls = outcome.tls === null ? {} : { tls: outcome.tls.version };
      return [...first, newEvent(recipient, "delivered", { ...attempt, ...tls }, nowMs)];
    }
    case "deferred": {
      const next_attempt_at = new Date(decision.dueAtMs).toISOString();
      return [...first, newEvent(recipient, "deferred", { ...attempt, next_attempt_at }, nowMs)];
    }
    case "bounced": {
      const cause = decision.type === "timeout" ? "timeout" : "refused";
      const bounce = { ...bounceKind(verdictOf(judgement, decision.type)), cause } as const;
      return [...first, newEvent(recipient, "bounced", { ...attempt, ...bounce }, nowMs)];
    }
    case "expired":
      return [...first, newEvent(recipient, "expired", { ...about, reply: outcome.reply }, nowMs)];
  }
}
