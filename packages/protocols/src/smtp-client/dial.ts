import { connect, type Socket } from "node:net";
import { fault, type SmtpFault, socketFault } from "./fault.ts";

/** A server's address, or a name that the system resolves. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** The source address; the system's choice when absent. */
  readonly localAddress?: string;
}

/** Opens a TCP connection. Never throws. */
export function dial(
  target: DialTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<
  | { readonly kind: "connected"; readonly socket: Socket }
  | { readonly kind: "failed"; readonly fault: SmtpFault }
> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ kind: "failed", fault: fault("aborted", "stopped before the connection was made") });
      return;
    }
    // Commands go out in as few writes as the protocol allows; Nagle would hold the second one back for an acknowledgement.
    const socket = connect({ ...target, noDelay: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect);
      socket.off("error", onError);
    };
    const fail = (why: SmtpFault): void => {
      settle();
      // An error after this one would have no listener and end the process.
      socket.on("error", () => undefined);
      socket.destroy();
      resolve({ kind: "failed", fault: why });
    };
    const onConnect = (): void => {
      settle();
      resolve({ kind: "connected", socket });
    };
    const onError = (error: Error): void => fail({ ...socketFault(error), code: "socket" });
    const onAbort = (): void => fail(fault("aborted", "stopped before the connection was made"));
    const timer = setTimeout(
      () => fail(fault("timeout", `no connection within ${timeoutMs / 1_000} s`)),
      timeoutMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("connect", onConnect);
    socket.on("error", onError);
  });
}
