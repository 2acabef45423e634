import type { ReadEnd } from "../wire/byte-reader.ts";
import type { Connection } from "../wire/connection.ts";
import type { WireLimits } from "../wire/limits.ts";
import type { MemoryBudget } from "../wire/memory-budget.ts";
import type { Segment } from "./decoder.ts";

/** One command from the wire, its literals collected. */
export type ReadCommand =
  | {
      readonly kind: "command";
      readonly tag: string;
      /** Upper case; `UID FETCH` and the like are one verb. */
      readonly verb: string;
      readonly segments: readonly Segment[];
      /** Gives the memory of the literals back. */
      readonly release: () => void;
    }
  /** Answer with this and go on. `tag` is `*` if there was none. */
  | { readonly kind: "refused"; readonly tag: string; readonly answer: string }
  /** What follows cannot be told apart from commands: say goodbye. */
  | { readonly kind: "fatal"; readonly reason: string }
  | ReadEnd;

export interface CommandReaderOptions {
  readonly connection: Connection;
  readonly limits: WireLimits;
  readonly budget: MemoryBudget;
}

const LITERAL = /(~?)\{(\d{1,20})(\+?)\}$/; // literal, literal8 (RFC 9051 §9); "+" from RFC 7888
const COMMAND = /^((?:(?![(){%*"\\+])[\x21-\x7e]){1,256}) (?:(UID) )?([A-Za-z0-9=-]{1,32})(?= |$)/i;

/** Commands whose literals are messages. */
const MAIL_VERBS: ReadonlySet<string> = new Set(["APPEND", "REPLACE", "UID REPLACE"]);

/**
 * Reads one command. A literal is only asked for (`+`) when it may be as large as announced: a message for APPEND
 * after login, a short string otherwise, so that a stranger cannot make us hold memory.
 */
export async function readCommand(
  options: CommandReaderOptions,
  timeoutMs: number,
  loggedIn: boolean,
): Promise<ReadCommand> {
  const { connection, limits } = options;
  const first = await connection.readLine(limits.maxLineBytes, timeoutMs);
  if (first.kind === "too-long") return { kind: "refused", tag: "*", answer: "BAD Command line too long" };
  if (first.kind !== "line") return first;

  let line = first.line.toString("latin1");
  const head = COMMAND.exec(line);
  const tag = head?.[1] ?? "*";
  const verb = `${head?.[2] === undefined ? "" : "UID "}${head?.[3] ?? ""}`.toUpperCase();
  const storesMail = loggedIn && MAIL_VERBS.has(verb);
  const maxLiteral = storesMail ? limits.maxAppendBytes : limits.maxLiteralBytes;
  const maxLiterals = storesMail
    ? limits.maxAppendMessages
    : loggedIn
      ? limits.maxLiterals
      : limits.maxLiteralsBeforeLogin;
  let literalBytes = 0;
  const segments: Segment[] = [];
  const held: (() => void)[] = [];
  const release = () => {
    for (const giveBack of held) giveBack();
  };
  let lineBytes = line.length;
  let refusal: string | null = head === null ? "BAD Expected a tag and a command" : null;
  line = line.slice(head?.[0].length ?? 0);

  for (;;) {
    const literal = LITERAL.exec(line);
    if (literal === null) break;
    const size = Number(literal[2]);
    const synchronizing = literal[3] === "";
    segments.push({ kind: "text", text: line.slice(0, literal.index) });
    refusal ??=
      size > maxLiteral ? (storesMail ? "NO [TOOBIG] Message too large" : "BAD Literal too long") : null;
    refusal ??= segments.length > maxLiterals * 2 ? "BAD Too many literals" : null;
    literalBytes += size;
    if (storesMail && literalBytes > limits.maxAppendCommandBytes) {
      refusal ??= "NO [LIMIT] Too much for one command, store fewer messages at once";
    }
    if (refusal === null && storesMail) {
      const giveBack = options.budget.take(size);
      if (giveBack === null) refusal = "NO [UNAVAILABLE] Too many messages are being stored now, try again";
      else held.push(giveBack);
    }
    if (refusal !== null) {
      // RFC 9051 §7.6: no "+" for a synchronizing literal, and the client does not send it.
      if (synchronizing) break;
      // RFC 7888 §4: a non-synchronizing literal comes anyway; read past it if that is affordable.
      if (size > limits.maxAppendBytes * 2 || segments.length > maxLiterals * 4) {
        release();
        return { kind: "fatal", reason: "Literal too large" };
      }
      const skipped = await connection.skipBytes(size);
      if (skipped.kind !== "skipped") return ended(skipped);
      segments.push({ kind: "literal", bytes: Buffer.alloc(0), binary: false });
    } else {
      if (synchronizing) connection.write("+ Ready for literal data\r\n");
      const read = await connection.readBytes(size);
      if (read.kind !== "bytes") return ended(read);
      segments.push({ kind: "literal", bytes: read.bytes, binary: literal[1] === "~" });
    }
    const next = await connection.readLine(
      Math.max(0, limits.maxLineBytes - lineBytes),
      limits.stallTimeoutMs,
    );
    if (next.kind === "too-long") {
      release();
      return { kind: "refused", tag, answer: "BAD Command line too long" };
    }
    if (next.kind !== "line") return ended(next);
    line = next.line.toString("latin1");
    lineBytes += line.length;
  }
  if (refusal !== null) {
    release();
    return { kind: "refused", tag, answer: refusal };
  }
  segments.push({ kind: "text", text: line });
  return { kind: "command", tag, verb, segments, release };

  function ended(end: ReadEnd): ReadEnd {
    release();
    return end;
  }
}
