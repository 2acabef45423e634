import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";

/**
 * Runs a protocol conversation written as text against a server, ours or any other:
 *
 *     # a comment
 *     C: a1 NOOP              sent, with CRLF
 *     C!: a2 NO\r\x00         sent as it is; \r \n \t \\ \xNN are understood
 *     S: a1 OK {{.*}}         the next line; what stands in {{ }} is a regular expression
 *     S?: * 3 EXISTS          one of the next lines; a run of `S?:` matches in any order
 *     S>: a3 OK {{.*}}        lines are passed over until this one comes
 *     TLS                     the client shakes hands now
 *     DEFLATE                 both sides compress from here on (RFC 4978)
 *     END                     the server closes the connection
 */
export interface TranscriptTarget {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Shake hands before the first line. */
  readonly implicitTls?: boolean;
  /** How long one line may take, in milliseconds; default 5,000. */
  readonly lineTimeoutMs?: number;
}

/** The server did not say what the transcript expects; the message shows the line and the conversation so far. */
export class TranscriptMismatch extends Error {
  constructor(step: Step, problem: string, conversation: readonly string[]) {
    super(`line ${step.lineNumber}: ${step.source}\n${problem}\n\n${conversation.slice(-30).join("\n")}`);
    this.name = "TranscriptMismatch";
  }
}

type StepKind = "send" | "send-raw" | "expect" | "expect-any-order" | "skip-to" | "tls" | "deflate" | "end";

interface Step {
  readonly kind: StepKind;
  readonly text: string;
  readonly source: string;
  readonly lineNumber: number;
}

const PREFIXES: readonly (readonly [string, StepKind])[] = [
  ["C!:", "send-raw"],
  ["C:", "send"],
  ["S?:", "expect-any-order"],
  ["S>:", "skip-to"],
  ["S:", "expect"],
  ["TLS", "tls"],
  ["DEFLATE", "deflate"],
  ["END", "end"],
];

/** Plays `transcript` on a new connection. Rejects with `TranscriptMismatch` at the first difference. */
export async function runTranscript(transcript: string, target: TranscriptTarget): Promise<void> {
  const steps = parseTranscript(transcript);
  const peer = await dial(target);
  const conversation: string[] = [];
  try {
    for (let at = 0; at < steps.length; at += 1) {
      const step = steps[at];
      if (step === undefined) break;
      const fail = (problem: string) => new TranscriptMismatch(step, problem, conversation);
      const read = async (): Promise<string> => {
        const line = await peer.readLine();
        if (line.kind !== "line")
          throw fail(line.kind === "end" ? "the connection was closed" : "nothing came");
        conversation.push(`S: ${line.text}`);
        return line.text;
      };
      switch (step.kind) {
        case "send":
        case "send-raw": {
          conversation.push(step.source);
          peer.write(step.kind === "send" ? Buffer.from(`${step.text}\r\n`) : unescapeBytes(step.text));
          break;
        }
        case "expect": {
          const line = await read();
          if (!matches(step, line)) throw fail(`got: ${line}`);
          break;
        }
        case "skip-to":
          while (!matches(step, await read()));
          break;
        case "expect-any-order": {
          const group = [step];
          for (let next = steps[at + 1]; next?.kind === "expect-any-order"; next = steps[at + 1]) {
            group.push(next);
            at += 1;
          }
          while (group.length > 0) {
            const line = await read();
            const found = group.findIndex((candidate) => matches(candidate, line));
            if (found < 0)
              throw fail(`got: ${line}\nstill missing:\n${group.map((one) => one.source).join("\n")}`);
            group.splice(found, 1);
          }
          break;
        }
        case "tls":
          await peer.startTls();
          break;
        case "deflate":
          peer.startDeflate();
          break;
        case "end": {
          const line = await peer.readLine();
          if (line.kind === "line") throw fail(`got: ${line.text}`);
          if (line.kind === "timeout") throw fail("the connection stayed open");
        }
      }
    }
  } finally {
    peer.destroy();
  }
}

function parseTranscript(transcript: string): Step[] {
  return transcript.split(/\r?\n/).flatMap((source, index) => {
    if (source.trim() === "" || source.startsWith("#")) return [];
    const prefix = PREFIXES.find(([mark]) => source.startsWith(mark));
    if (prefix === undefined) throw new Error(`line ${index + 1} is no transcript line: ${source}`);
    const text = source.slice(prefix[0].length).replace(/^ /, "");
    return [{ kind: prefix[1], text, source, lineNumber: index + 1 }];
  });
}

function matches(step: Step, line: string): boolean {
  const pattern = step.text
    .split(/(\{\{.*?\}\}(?!\}))/)
    .map((piece) =>
      piece.startsWith("{{") ? `(?:${piece.slice(2, -2)})` : piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
    )
    .join("");
  return new RegExp(`^${pattern}$`).test(line);
}

function unescapeBytes(text: string): Buffer {
  const named: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", "\\": "\\" };
  const plain = text.replace(
    /\\(?:x([0-9a-f]{2})|([rnt\\]))/gi,
    (_, hex: string | undefined, name: string) =>
      hex === undefined ? (named[name] ?? name) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, "latin1");
}

type PeerLine = { kind: "line"; text: string } | { kind: "end" } | { kind: "timeout" };

async function dial(target: TranscriptTarget) {
  const timeoutMs = target.lineTimeoutMs ?? 5_000;
  const raw = connect(target.port, target.host ?? "127.0.0.1");
  let socket: Socket = raw;
  let buffered = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  let send = (bytes: Buffer) => void socket.write(bytes);

  function startDeflate(): void {
    const deflate = createDeflateRaw();
    const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
    for (const event of ["data", "end", "close"]) socket.removeAllListeners(event);
    socket.on("end", () => inflate.end());
    for (const event of ["end", "close", "error"]) inflate.on(event, finish);
    deflate.on("data", (chunk) => socket.write(chunk));
    for (const stream of [deflate, inflate]) stream.on("error", () => socket.destroy());
    inflate.on("data", receive);
    socket.on("data", (chunk) => inflate.write(chunk));
    send = (bytes) => {
      deflate.write(bytes);
      deflate.flush(constants.Z_SYNC_FLUSH);
    };
  }

  function receive(chunk: Buffer): void {
    buffered = Buffer.concat([buffered, chunk]);
    wake();
  }

  function finish(): void {
    ended = true;
    wake();
  }

  function attach(to: Socket): void {
    socket = to;
    to.on("data", receive);
    // A reset is an end here: the transcript says whether it was expected.
    for (const event of ["end", "close", "error"]) to.on(event, finish);
  }

  async function startTls(): Promise<void> {
    raw.removeAllListeners("data");
    for (const event of ["end", "close"]) raw.removeAllListeners(event);
    const secured = connectTls({ socket: raw, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      secured.once("secureConnect", resolve);
      secured.once("error", reject);
      secured.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
    });
    attach(secured);
  }

  await new Promise<void>((resolve, reject) => {
    raw.once("connect", resolve);
    raw.once("error", reject);
  });
  raw.on("error", () => {});
  if (target.implicitTls === true) await startTls();
  else attach(raw);

  return {
    startTls,
    startDeflate,
    write: (bytes: Buffer) => send(bytes),
    destroy: () => socket.destroy(),
    async readLine(): Promise<PeerLine> {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const lf = buffered.indexOf(0x0a);
        if (lf >= 0) {
          const text = buffered.toString("utf8", 0, lf).replace(/\r$/, "");
          buffered = buffered.subarray(lf + 1);
          return { kind: "line", text };
        }
        if (ended) return { kind: "end" };
        const left = deadline - Date.now();
        if (left <= 0) return { kind: "timeout" };
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, left);
        wake = resolve;
        await promise;
        clearTimeout(timer);
      }
    },
  };
}
