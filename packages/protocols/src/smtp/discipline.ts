import type { SmtpLimits } from "./limits.ts";

/** What the client owes us next, which decides how long it may take. */
type Awaited = "command" | "data" | "handshake";

/** Counts and clocks of one connection; see {@link createDiscipline}. */
export interface Discipline {
  /** A command line came in. `false`: it is one too many since the last message. */
  readonly command: () => boolean;
  /** A reply with this code went out. `false`: the peer has made too many errors. */
  readonly replied: (code: number) => boolean;
  /** From now on the client owes us this; the clock of what it owed before stops. */
  readonly await: (next: Awaited) => void;
  /** The client owes us nothing now: it waits for the backend. */
  readonly pause: () => void;
  /** A message was accepted: the peer is here for mail. */
  readonly accepted: () => void;
}

/**
 * Keeps one connection within {@link SmtpLimits}: too many errors, failed logins or empty commands, too slow.
 *
 * @param limits the counts and times; `maxRecipients` more commands are allowed, one RCPT for each.
 * @param busy is asked when time is up: while it is `true` the delay is ours and the clock starts again.
 * @param overdue is called when the client did not deliver in time.
 */
export const createDiscipline = (
  limits: SmtpLimits & { readonly maxRecipients: number },
  busy: () => boolean,
  overdue: () => void,
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

  const arm = (next: Awaited): void => {
    clearTimeout(timer);
    timer = setTimeout(() => (busy() ? arm(next) : overdue()), timeoutMs[next]);
    timer.unref();
  };

  return {
    command: () => {
      commands += 1;
      return commands <= limits.idleCommands + limits.maxRecipients;
    },
    replied: (code) => {
      if (code >= 500 && code <= 504) badCommands += 1;
      if (code === 535) failedLogins += 1;
      return badCommands < limits.badCommands && failedLogins < limits.failedLogins;
    },
    await: arm,
    pause: () => clearTimeout(timer),
    accepted: () => {
      commands = 0;
    },
  };
};
