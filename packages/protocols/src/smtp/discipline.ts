import type { ClientVisit } from "./client-limits.ts";
import type { SmtpLimits } from "./limits.ts";
import { type Refusal, replies } from "./reply.ts";

/** What the client owes us next, which decides how long it may take. */
type Awaited = "command" | "data" | "handshake";

/** Counts and clocks of one connection; see {@link createDiscipline}. */
export interface Discipline {
  /** A command line came in. `false`: it is one too many since the last message. */
  readonly command: () => boolean;
  /** The client was let in: its other connections count from now on, and the time it may stay. */
  readonly begin: (visit: ClientVisit) => void;
  /** A reply with this code went out; what ends the connection when the peer has made too many errors. */
  readonly replied: (code: number) => Refusal | null;
  /** A MAIL or RCPT command came in; why it is refused when the client has sent too many of them. */
  readonly admit: (what: "message" | "recipient") => Refusal | null;
  /** From now on the client owes us this; the clock of what it owed before stops. */
  readonly await: (next: Awaited) => void;
  /** The client owes us nothing now: it waits for the backend. */
  readonly pause: () => void;
  /** A message was accepted: the peer is here for mail. */
  readonly accepted: () => void;
  /** The socket is gone. */
  readonly end: () => void;
}

/**
 * Keeps one connection within {@link SmtpLimits}: too many errors, failed logins or empty commands, too slow.
 *
 * @param limits the counts and times; `maxRecipients` more commands are allowed, one RCPT for each.
 * @param busy is asked when time is up: while it is `true` the delay is ours and the clock starts again.
 * @param overdue is called when the client did not deliver in time.
 * @param outstayed is called when the client has been here long enough, and once more when it is time to cut it off.
 */
export const createDiscipline = (
  limits: SmtpLimits & { readonly maxRecipients: number },
  busy: () => boolean,
  overdue: () => void,
  outstayed: (how: "end" | "cut") => void = () => undefined,
): Discipline => {
  const timeoutMs: Readonly<Record<Awaited, number>> = {
    command: limits.commandTimeoutMs,
    data: limits.dataTimeoutMs,
    handshake: limits.handshakeTimeoutMs,
  };
  let timer: NodeJS.Timeout | undefined;
  let commands = 0;
  let badCommands = 0;
  let failedLogins = 0;
  let visit: ClientVisit | null = null;
  let stay: NodeJS.Timeout | undefined;

  const arm = (next: Awaited): void => {
    clearTimeout(timer);
    timer = setTimeout(() => (busy() ? arm(next) : overdue()), timeoutMs[next]);
    timer.unref();
  };

  const stayFor = (timeoutMs: number, run: () => void): void => {
    stay = setTimeout(run, timeoutMs);
    stay.unref();
  };

  return {
    begin: (begun) => {
      visit = begun;
      stayFor(limits.sessionTimeoutMs, () => {
        outstayed("end");
        stayFor(limits.dataTimeoutMs, () => outstayed("cut"));
      });
    },
    command: () => {
      commands += 1;
      return commands <= limits.idleCommands + limits.maxRecipients;
    },
    replied: (code) => {
      if (code >= 500 && code <= 504) badCommands += 1;
      if (code === 535) failedLogins += 1;
      if (code >= 500 && visit?.count("error") === false) return replies.tooManyErrorsOfClient;
      return badCommands < limits.badCommands && failedLogins < limits.failedLogins
        ? null
        : replies.tooManyErrors;
    },
    admit: (what) => {
      if (visit?.count(what) !== false) return null;
      return what === "message" ? replies.tooManyMessages : replies.tooManyRecipientsOfClient;
    },
    await: arm,
    pause: () => clearTimeout(timer),
    accepted: () => {
      commands = 0;
    },
    end: () => {
      clearTimeout(timer);
      clearTimeout(stay);
      visit?.leave();
    },
  };
};
