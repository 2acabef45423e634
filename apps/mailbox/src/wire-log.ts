import type { WireEvent } from "@waxwing/protocols";
import type { Logger } from "@waxwing/runtime";

/** Writes what a door reports to the log: what peers do as debug or info, what is wrong with us as errors. */
export function logWireEvent(log: Logger): (event: WireEvent) => void {
  return ({ kind, ...fields }) => {
    const { cause, ...rest } = "cause" in fields ? fields : { ...fields, cause: undefined };
    const line = {
      event: `mailbox.${kind.replaceAll("-", "_")}`,
      ...(cause === undefined ? {} : { err: cause }),
      ...rest,
    };
    switch (kind) {
      case "connection-lost":
      case "tls-handshake-failed":
        return log.debug(line);
      case "login-refused":
        return log.info(line);
      case "too-many-connections":
        return log.warn(line);
      case "command-failed":
      case "session-crashed":
      case "listener-error":
        return log.error(line);
    }
  };
}
