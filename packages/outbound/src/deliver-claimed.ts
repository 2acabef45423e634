import type { Clock, Logger } from "@waxwing/runtime";
import type { ReturnPaths } from "@waxwing/seal";
import type { ClaimedRecipient } from "@waxwing/store";
import { decide } from "./decide.ts";
import type { Deliverer } from "./deliver.ts";
import { judge } from "./judge.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import type { Recorder } from "./record.ts";
import type { SealedClaim } from "./seal-claimed.ts";
import type { Admission, Closure } from "./shaping/gate.ts";
import { notTried } from "./shaping/put-off.ts";
import type { SealedMessage } from "./sign.ts";
import { standingOrder } from "./standing-orders.ts";

interface DeliverClaimedOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly deliverer: Deliverer;
  readonly record: Recorder;
  readonly returnPaths: ReturnPaths;
  readonly maxAgeMs: number;
  readonly retryScheduleMs: readonly number[];
  readonly random: () => number;
}

/** What a claimed recipient does: go out, go to another lane, wait, or end without an attempt because that is ordered or due. */
export type Pass =
  | Exclude<Admission, { readonly kind: "full" }>
  | { readonly kind: "elsewhere"; readonly site: string }
  | { readonly kind: "untried"; readonly outcome: DeliveryOutcome | null };

/** Tries a claimed recipient, or ends it without an attempt, and records what became of it. */
export async function deliverClaimed(
  options: DeliverClaimedOptions,
  recipient: ClaimedRecipient,
  pass: Extract<Pass, { readonly kind: "go" | "untried" }>,
  sealed: SealedClaim,
): Promise<void> {
  const { clock, record, log } = options;
  const startedAtMs = clock.now();
  const order = standingOrder(recipient, startedAtMs);
  if (order?.kind === "end") {
    if (pass.kind === "go") pass.cancel();
    await record({ recipient, state: order.state, reason: order.reason });
    return;
  }
  const outcome = pass.kind === "go" ? await attempt(options, recipient, pass, sealed) : pass.outcome;
  if (outcome === null) throw new Error("a standing order that was taken back");
  const judgement = judge(outcome);
  if (pass.kind === "go") pass.end(outcome, judgement);
  const decision = decide({ ...options, ...recipient, outcome, judgement, nowMs: clock.now() });
  const recorded = await record({ recipient, startedAtMs, outcome, judgement, decision });
  if (recorded === "lost")
    log.warn({ event: "lane.lease-lost", message: recipient.messageId, ordinal: recipient.ordinal });
}

/** One try, which always comes to an outcome: what goes wrong on our side defers like a failure of the other side. */
async function attempt(
  options: DeliverClaimedOptions,
  recipient: ClaimedRecipient,
  { route, egress }: Extract<Pass, { readonly kind: "go" }>,
  sealed: SealedClaim,
): Promise<DeliveryOutcome> {
  let message: SealedMessage;
  try {
    message = await sealed.seal(recipient);
  } catch (err) {
    options.log.error({ event: "lane.compose-failed", message: recipient.messageId, err });
    return {
      kind: "deferred",
      retry: "later",
      replyCode: null,
      enhancedCode: null,
      reply: `the message could not be composed or signed: ${err instanceof Error ? err.message : String(err)}`,
      host: null,
      remoteAddress: null,
      tls: null,
      rule: "local.compose-failed",
      remoteSpoke: false,
      conversation: null,
    };
  }
  const outcome = await options.deliverer.deliver(
    {
      // RFC 3461 §6.1: what reports on mail must never be reported on.
      reversePath:
        recipient.options.report === true
          ? ""
          : (recipient.options.reversePath ??
            options.returnPaths.addressFor(recipient, message.returnPathHost)),
      recipient: recipient.address,
      raw: message.raw,
      is8bit: message.is8bit,
      requireTls: recipient.options.requireTls === true,
      tlsOptional: recipient.options.tlsOptional === true,
      projectId: recipient.projectId,
    },
    route,
    egress,
  );
  return egress.source === null ? outcome : { ...outcome, egress: egress.source };
}

/** What is recorded of a recipient that could not wait for the end of a pause. */
export function leftAlone(closure: Closure): DeliveryOutcome {
  return {
    kind: "deferred",
    retry: "later",
    replyCode: null,
    enhancedCode: null,
    reply: notTried(closure),
    host: null,
    remoteAddress: null,
    tls: null,
    rule: "site.paused",
    remoteSpoke: false,
    conversation: null,
  };
}
