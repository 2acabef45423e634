import type { StoredOptions } from "@waxwing/store";

/** The parameters of an envelope that ask for reports (RFC 3461), as the SMTP server has read them. */
export interface DsnEnvelope {
  readonly sender: {
    /** The reverse-path; empty for the null one. */
    readonly address: string;
    readonly ret: "FULL" | "HDRS" | null;
    /** xtext. */
    readonly envid: string | null;
  };
  readonly recipients: readonly {
    readonly notify: readonly ("NEVER" | "SUCCESS" | "FAILURE" | "DELAY")[];
    /** `type;xtext` */
    readonly orcpt: string | null;
  }[];
}

type Dsn = NonNullable<StoredOptions["dsn"]>;

/**
 * What of it is kept with the message. Only recipients that differ from the default (a report on failure) are listed.
 *
 * @param returnTo the envelope sender at a verified domain of the submitter's project, or null. Nobody else is ever written to: a
 *   report to an address that the submitter made up would be backscatter. The null reverse-path never gets one (RFC 5321 §6.1).
 */
export function dsnRequest(envelope: DsnEnvelope, returnTo: string | null): Pick<StoredOptions, "dsn"> {
  if (returnTo === null) return {};
  const { ret, envid } = envelope.sender;
  const recipients = envelope.recipients.flatMap(({ notify, orcpt }, ordinal): Dsn["recipients"] => {
    if (notify.length === 0 && orcpt === null) return [];
    return [{ ordinal, notify: notify.map((word) => NOTIFY[word]), ...(orcpt !== null && { orcpt }) }];
  });
  return {
    dsn: {
      returnTo,
      recipients,
      ...(ret !== null && { ret: ret === "FULL" ? "full" : "headers" }),
      ...(envid !== null && { envelopeId: envid }),
    },
  };
}

const NOTIFY = { NEVER: "never", SUCCESS: "success", FAILURE: "failure", DELAY: "delay" } as const;
