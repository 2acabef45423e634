import { systemClock } from "../wire/clock.ts";
import { POP3_LIMITS, type WireLimits } from "../wire/limits.ts";
import { createWireServer, type WireServer } from "../wire/wire-server.ts";
import { POP3_COMMANDS } from "./command-table.ts";
import { leaveMaildrop } from "./maildrop.ts";
import { stuffMessage } from "./multi-line.ts";
import {
  mayAuthenticate,
  type Pop3Io,
  Pop3Refusal,
  type Pop3Reply,
  type Pop3ServerOptions,
} from "./pop3-session.ts";

/**
 * A POP3 server (RFC 1939, RFC 2449, RFC 5034) over a mailbox backend. Nothing happens before `listen`; failures go
 * to `onError` and never become unhandled errors.
 */
export function createPop3Server(options: Pop3ServerOptions): WireServer {
  const limits: WireLimits = { ...POP3_LIMITS, ...options.limits };
  const clock = options.clock ?? systemClock;
  const report = options.onError ?? (() => {});
  return createWireServer({
    tls: options.tls,
    secureContext: options.secureContext,
    limits,
    clock,
    onEvent: report,
    busyLine: "-ERR [SYS/TEMP] Too many connections\r\n",
    serve: (connection) =>
      serve({
        connection,
        limits,
        options,
        clock,
        report,
        phase: { kind: "authorization" },
        username: null,
        authFailures: 0,
        revoked: false,
      }),
  });
}

async function serve(io: Pop3Io): Promise<void> {
  const { connection, limits, clock } = io;
  const loginDeadline = clock.now() + limits.loginTimeoutMs;
  let misunderstood = 0;
  try {
    connection.write("+OK Waxwing ready\r\n");
    while (connection.alive()) {
      const loggedIn = io.phase.kind === "transaction";
      const timeoutMs = loggedIn ? limits.idleTimeoutMs : Math.max(0, loginDeadline - clock.now());
      const read = await connection.readLine(limits.maxLineBytes, timeoutMs);
      if (read.kind === "end") return;
      // RFC 1939 §3: on a timeout the session ends without the UPDATE state.
      if (read.kind === "timeout") return connection.write("-ERR [SYS/TEMP] Idle for too long\r\n");
      if (read.kind === "closing") {
        return connection.write(
          io.revoked ? "-ERR [AUTH] Log in again\r\n" : "-ERR [SYS/TEMP] Server is shutting down\r\n",
        );
      }
      const done: Done =
        read.kind === "too-long"
          ? { reply: { status: "-ERR", text: "Line too long" }, understood: false }
          : await runCommand(io, read.line.toString("utf8"));
      send(io, done.reply);
      if ((await done.reply.afterwards?.()) === "end") return;
      misunderstood = done.understood ? 0 : misunderstood + 1;
      if (misunderstood >= limits.maxBadCommands) return connection.write("-ERR Too many bad commands\r\n");
    }
  } finally {
    await leaveMaildrop(io);
  }
}

interface Done {
  readonly reply: Pop3Reply;
  readonly understood: boolean;
}

/** Looks up the row, enforces its columns and runs it; refusals and faults become `-ERR` here. */
async function runCommand(io: Pop3Io, line: string): Promise<Done> {
  const space = line.indexOf(" ");
  const verb = (space < 0 ? line : line.slice(0, space)).toUpperCase();
  const rest = space < 0 ? "" : line.slice(space + 1);
  const args = rest.split(" ").filter((word) => word !== "");
  const row = Object.hasOwn(POP3_COMMANDS, verb) ? POP3_COMMANDS[verb] : undefined;
  if (row === undefined) return { reply: { status: "-ERR", text: "Unknown command" }, understood: false };
  const [min, max] = row.args;
  if (args.length < min || args.length > max) {
    return { reply: { status: "-ERR", text: "Wrong number of arguments" }, understood: false };
  }
  const { phase } = io;
  try {
    if (row.in === "transaction") {
      if (phase.kind !== "transaction") throw new Pop3Refusal("Log in first");
      return { reply: await row.run({ io, args, rest }, phase.maildrop), understood: true };
    }
    if (row.in === "authorization") {
      if (phase.kind !== "authorization") throw new Pop3Refusal("Already logged in");
      if (!row.preTls && !mayAuthenticate(io)) throw new Pop3Refusal("Use TLS before logging in");
    }
    return { reply: await row.run({ io, args, rest }), understood: true };
  } catch (cause) {
    if (cause instanceof Pop3Refusal)
      return { reply: { status: "-ERR", text: cause.message }, understood: true };
    io.report({ kind: "command-failed", remoteAddress: io.connection.remoteAddress, verb, cause });
    return { reply: { status: "-ERR", text: "[SYS/TEMP] Internal error, try again" }, understood: true };
  }
}

function send(io: Pop3Io, reply: Pop3Reply): void {
  io.connection.write(`${reply.status}${reply.text === "" ? "" : " "}${reply.text}\r\n`);
  if (reply.lines === undefined) return;
  // A message comes byte-stuffed already.
  const lines = Buffer.isBuffer(reply.lines)
    ? reply.lines
    : stuffMessage(Buffer.from(reply.lines.map((line) => `${line}\r\n`).join("")), null);
  io.connection.write(lines);
}
