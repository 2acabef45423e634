import { parseMessage } from "@waxwing/message";
import {
  type Refusal,
  refuse,
  type SmtpBackend,
  type SmtpRecipient,
  type SmtpSession,
} from "@waxwing/protocols";
import { type Clock, type Logger, newId } from "@waxwing/runtime";
import { createKeyMemory, type Resolver, type ReturnPaths } from "@waxwing/seal";
import {
  createMailFiler,
  createReceiverFinder,
  type Database,
  hasRoom,
  mailboxQuota,
  OverQuotaError,
} from "@waxwing/store";
import { type Addressee, type AddresseeSources, findAddressee } from "./addressee.ts";
import { apply } from "./apply.ts";
import { authenticate } from "./authenticate.ts";
import { classify } from "./classify.ts";
import { correlate } from "./correlate.ts";
import { createDomainKeyResolver } from "./domain-key-resolver.ts";
import type { ExaminedMail } from "./examined-mail.ts";
import { comesBack } from "./forward-message.ts";
import { fileProjectMail, type ProjectMail } from "./mailbox.ts";
import { type Arrival, isLooping } from "./receive.ts";

/** What the receiver needs. */
export interface ReceiverOptions extends Omit<AddresseeSources, "findReceiver"> {
  readonly db: Database;
  readonly returnPaths: ReturnPaths;
  /** For what the database does not answer, see `createSystemResolver`. */
  readonly resolver: Resolver;
  /** Our name: in Received, and the authserv-id of Authentication-Results. */
  readonly hostname: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Hears of the projects whose event log has grown, after the commit. Must not throw. */
  readonly notify: (projectIds: ReadonlySet<string>) => void;
  /** Hears of the sites that forwarded mail waits for, and of inbound routes that have something to post, after the commit. */
  readonly wake: {
    readonly sites: (sites: readonly string[]) => Promise<void>;
    readonly routes: (routeIds: readonly string[]) => Promise<void>;
  };
}

const ok = { kind: "ok" } as const;
/** How long what was found at RCPT TO holds at the final dot; most messages are there in less. */
const REMEMBERED_MS = 5_000;
const tryLater = refuse(451, "4.3.0", "Local error, try again later");
const unknownUser = refuse(550, "5.1.1", "No such mailbox here");
const mailboxFull = refuse(452, "4.2.2", "Mailbox full, try again later"); // RFC 3463 §3.3
const loop = refuse(554, "5.4.6", "Routing loop: too many Received fields"); // RFC 3463 §3.5
const forwardLoop = refuse(554, "5.4.6", "Routing loop: forwarded from here before");
// RFC 7489 §10.3
const disowned = refuse(550, "5.7.1", "The domain in From asks to reject what fails its DMARC check");
const tooEarly = refuse(451, "4.3.0", "Delivery of the reported message has not ended here, try again later");

/**
 * The answers of an inbound SMTP server: receive, authenticate, classify, correlate, apply, mailbox.
 *
 * Invariants: a message is answered 250 only after its transaction has committed; nothing is accepted for an address that is not
 * ours; whatever fails behind the scenes is 451 for the peer, which keeps the mail, and an error in the log; no call ever throws.
 */
export function createReceiver(options: ReceiverOptions): SmtpBackend<never> {
  const { db, returnPaths, hostname, clock, log, notify } = options;
  const dns = { resolver: createDomainKeyResolver(db, options.resolver, clock), keys: createKeyMemory() };
  const fileMail = createMailFiler(db);
  const sources = { ...options, findReceiver: createReceiverFinder(db) };
  /** Gone with its transaction. */
  const known = new WeakMap<SmtpRecipient, { readonly addressee: Addressee; readonly untilMs: number }>();

  const find = async (recipient: SmtpRecipient, isNullSender: boolean, nowMs: number) => {
    const question = { forwardPath: recipient.address, isNullSender, nowMs };
    const answer = await findAddressee(sources, question);
    if (answer.kind === "ok")
      known.set(recipient, { addressee: answer.addressee, untilMs: nowMs + REMEMBERED_MS });
    return answer;
  };

  /** Looks recipients up again where much time has passed since: between RCPT and the final dot a mailbox may be gone. */
  const findAgain = async ({ envelope, receivedAtMs }: Arrival): Promise<readonly Addressee[]> => {
    const found: Addressee[] = [];
    for (const recipient of envelope.recipients) {
      const before = known.get(recipient);
      if (before !== undefined && receivedAtMs <= before.untilMs) {
        found.push(before.addressee);
        continue;
      }
      const answer = await find(recipient, envelope.sender.address === "", receivedAtMs);
      if (answer.kind === "ok") found.push(answer.addressee);
    }
    return found;
  };

  const plan = async (mail: ExaminedMail, addressees: readonly Addressee[]) => {
    const projects: ProjectMail[] = [];
    for (const [projectId, group] of Map.groupBy(addressees, (addressee) => addressee.projectId)) {
      const tokens = group.filter((addressee) => "messageId" in addressee);
      const correlations = await correlate({ db, returnPaths }, projectId, tokens, mail);
      const toUnsubscribe = tokens.some(({ kind }) => kind === "unsubscribe-address");
      const applied = apply(mail, correlations, { toUnsubscribe });
      if (applied.kind === "too-early") return applied;
      projects.push({ projectId, addressees: group, correlations, consequences: applied });
    }
    return { kind: "planned", projects } as const;
  };

  const wake = (sites: readonly string[], routeIds: readonly string[]): void => {
    // What is not woken now is found by the sweepers.
    const failed = (err: unknown): void => log.warn({ event: "mail.wake-failed", err });
    if (sites.length > 0) options.wake.sites(sites).catch(failed);
    if (routeIds.length > 0) options.wake.routes(routeIds).catch(failed);
  };

  const take = async (arrival: Arrival): Promise<{ kind: "ok"; queueId: string } | Refusal> => {
    if (isLooping(arrival.raw)) return loop;
    const addressees = await findAgain(arrival);
    if (addressees.length === 0) return unknownUser;
    if (comesBack(arrival.raw, addressees)) return forwardLoop;
    const parsed = parseMessage(arrival.raw);
    const mail: ExaminedMail = {
      arrival,
      parsed,
      authentication: await authenticate(arrival, hostname, dns),
      mailClass: classify(arrival.raw, parsed, { isNullSender: arrival.envelope.sender.address === "" }),
    };
    if (isRefused(mail, addressees)) return disowned;
    const planned = await plan(mail, addressees);
    if (planned.kind === "too-early") return tooEarly;
    // Each project is a transaction of its own, so one that fails after another was filed brings that other a second copy when the
    // peer tries again. All but a handful of envelopes name one project, and a copy is better than a loss.
    for (const project of planned.projects) {
      const { folder, sites, routeIds } = await fileProjectMail(fileMail, options, mail, project);
      notify(new Set([project.projectId]));
      wake(sites, routeIds);
      log.info({
        event: "mail.received",
        id: arrival.id,
        session: arrival.session.id,
        projectId: project.projectId,
        messageId: project.correlations[0]?.message.id,
        class: mail.mailClass.kind,
        verdict: mail.mailClass.verdict.class,
        rule: mail.mailClass.verdict.rule,
        folder,
        ...(routeIds.length > 0 && { routes: routeIds }),
        sizeBytes: arrival.raw.length,
        dmarc: mail.authentication.dmarc.result,
      });
    }
    return { kind: "ok", queueId: arrival.id };
  };

  const guarded = async <T>(
    call: string,
    session: SmtpSession<never>,
    run: () => Promise<T | Refusal>,
  ): Promise<T | Refusal> => {
    try {
      return await run();
    } catch (err) {
      if (err instanceof OverQuotaError) return mailboxFull;
      log.error({ event: "mail.receive-failed", call, session: session.id, err });
      return tryLater;
    }
  };

  return {
    // Any sender may write to our domains; what it says of itself is checked against DNS when the message is here.
    mailFrom: async () => ok,
    rcptTo: (session, recipient, { sender }) =>
      guarded("rcptTo", session, async () => {
        const answer = await find(recipient, sender.address === "", clock.now());
        if (answer.kind !== "ok") return answer;
        const { addressee } = answer;
        // Reports and answers to what was sent are taken also by a full mailbox: see `fileProjectMail`.
        if (addressee.kind !== "mailbox" || !addressee.hasQuota) return ok;
        const quota = await mailboxQuota(db, addressee.mailboxId);
        return quota === null || hasRoom(quota, 1) ? ok : mailboxFull;
      }),
    message: (session, envelope, raw) =>
      guarded("message", session, () => {
        const receivedAtMs = clock.now();
        return take({ id: newId(receivedAtMs), receivedAtMs, session, envelope, raw });
      }),
  };
}

/**
 * Whether mail that its From domain disowns is refused: only where the domains of all its recipients want that, as there is one
 * answer for all of them, and never what comes to a signed return path: many servers write their bounces in others' names.
 */
function isRefused({ authentication }: ExaminedMail, addressees: readonly Addressee[]): boolean {
  const { dmarc } = authentication;
  if (dmarc.result !== "fail" || dmarc.policy !== "reject") return false;
  return addressees.every(
    ({ kind, domain }) =>
      domain.dmarcFailures === "reject" && kind !== "return-path" && kind !== "rewritten-sender",
  );
}
