import { systemClock } from "../wire/clock.ts";
import type { Connection } from "../wire/connection.ts";
import { IMAP_LIMITS, type WireLimits } from "../wire/limits.ts";
import { createMemoryBudget, type MemoryBudget } from "../wire/memory-budget.ts";
import { createWireServer, type WireServer } from "../wire/wire-server.ts";
import { capabilities } from "./capability.ts";
import { type CommandReaderOptions, readCommand } from "./command-reader.ts";
import { dispatch } from "./dispatcher.ts";
import { type ImapIo, type ImapServerOptions, unselect } from "./imap-session.ts";

/**
 * An IMAP4rev1 and IMAP4rev2 server (RFC 3501, RFC 9051) over a mailbox backend; see `RFC.md` for the extensions.
 * Nothing happens before `listen`. Failures of connections and faults of the backend go to `onError`; they never
 * become unhandled errors.
 */
export function createImapServer(options: ImapServerOptions): WireServer {
  const limits: WireLimits = { ...IMAP_LIMITS, ...options.limits };
  const clock = options.clock ?? systemClock;
  const report = options.onError ?? (() => {});
  const budget = createMemoryBudget(limits.maxAppendBytesInFlight);
  const compressions = createMemoryBudget(limits.maxCompressed);
  return createWireServer({
    tls: options.tls,
    secureContext: options.secureContext,
    limits,
    clock,
    onEvent: report,
    busyLine: "* BYE [UNAVAILABLE] Too many connections\r\n",
    serve: (connection) => serve(createIo(connection), budget),
  });

  function createIo(connection: Connection): ImapIo {
    return {
      connection,
      limits,
      options,
      clock,
      report,
      phase: { kind: "not-authenticated" },
      enabled: new Set(),
      authFailures: 0,
      revoked: false,
      compressions,
      endCompression: () => {},
      untagged(...pieces) {
        const [only] = pieces;
        if (pieces.length === 1 && typeof only === "string") return connection.write(`* ${only}\r\n`);
        // Piece by piece: a message among them is not copied once more.
        connection.write("* ");
        for (const piece of pieces) connection.write(piece);
        connection.write("\r\n");
      },
    };
  }
}

async function serve(io: ImapIo, budget: MemoryBudget): Promise<void> {
  const { connection, limits, clock } = io;
  const reader: CommandReaderOptions = { connection, limits, budget };
  const loginDeadline = clock.now() + limits.loginTimeoutMs;
  let misunderstood = 0;
  try {
    io.untagged(`OK [CAPABILITY ${capabilities(io)}] Waxwing ready`);
    while (connection.alive()) {
      const loggedIn = io.phase.kind !== "not-authenticated";
      const timeoutMs = loggedIn ? limits.idleTimeoutMs : Math.max(0, loginDeadline - clock.now());
      const read = await readCommand(reader, timeoutMs, loggedIn);
      switch (read.kind) {
        case "end":
          return;
        case "timeout":
          return io.untagged("BYE Idle for too long");
        case "closing":
          return io.untagged(
            io.revoked ? "BYE [EXPIRED] Log in again" : "BYE [UNAVAILABLE] Server is shutting down", // RFC 5530 §3
          );
        case "fatal":
          return io.untagged(`BYE ${read.reason}`);
        case "refused":
          connection.write(`${read.tag} ${read.answer}\r\n`);
          misunderstood += 1;
          break;
        case "command": {
          const done = await dispatch(io, read).finally(read.release);
          if (done.next === "end") return;
          misunderstood = done.understood ? 0 : misunderstood + 1;
        }
      }
      // Something that is not an IMAP client, such as an HTTP request forced out of a browser.
      if (misunderstood >= limits.maxBadCommands) return io.untagged("BYE Too many bad commands");
    }
  } finally {
    io.endCompression();
    const { phase } = io;
    unselect(io);
    if (phase.kind !== "not-authenticated") await phase.session.close();
  }
}
