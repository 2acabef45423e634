import type { Proof } from "../mailbox-session.ts";
import { interruptWhenRevoked } from "../wire/revocation.ts";
import { capabilities } from "./capability.ts";
import { no } from "./imap-error.ts";
import { type Completion, type ImapIo, ok } from "./imap-session.ts";

/** Asks the backend and enters the authenticated state; after too many refusals the connection ends. */
export async function logIn(io: ImapIo, who: Proof): Promise<Completion> {
  const { connection, limits } = io;
  const { remoteAddress } = connection;
  const result = await io.options.backend.authenticate({
    ...who,
    service: "imap",
    remoteAddress,
    encrypted: connection.encrypted(),
  });
  switch (result.kind) {
    case "ok":
      io.phase = { kind: "authenticated", session: result.session };
      interruptWhenRevoked(io, result.session);
      // RFC 9051 §6.2.2: tell the new capabilities at once, it saves a round trip.
      return ok("Logged in", `CAPABILITY ${capabilities(io)}`);
    case "unavailable":
      throw no("UNAVAILABLE", "Log in again later");
    case "refused": {
      io.report({ kind: "login-refused", remoteAddress, username: who.username.slice(0, 256) });
      io.authFailures += 1;
      const refusal: Completion = {
        status: "NO",
        code: "AUTHENTICATIONFAILED",
        text: "Invalid user name or password",
      };
      if (io.authFailures < limits.maxAuthFailures) return refusal;
      return {
        ...refusal,
        async afterwards() {
          io.untagged("BYE Too many failed logins");
          return "end";
        },
      };
    }
  }
}
