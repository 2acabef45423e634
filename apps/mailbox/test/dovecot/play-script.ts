import { once } from "node:events";
import { connect } from "node:net";

/** Something a client said, and all that came for it: complete responses, literals included, without the final CRLF. */
export interface Exchange {
  readonly said: string;
  readonly answers: readonly string[];
}

/** Where a script is played. */
export interface Stage {
  readonly protocol: "imap" | "pop3";
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly from?: string;
}

const ANSWER_MS = 20_000;

/**
 * Plays what a transcript's client says (`C:`, `C!:`) to a server and notes its answers; what the transcript expects only tells when a
 * client waits. A line that continues a command which the server has already refused is left out.
 *
 * @throws when an answer does not come, with the conversation
 */
export async function playScript(script: string, stage: Stage): Promise<readonly Exchange[]> {
  const server = await dial(stage);
  const exchanges: Exchange[] = [];
  try {
    exchanges.push({ said: "(connects)", answers: [await server.read()] });
    const steps = script.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const play = stage.protocol === "imap" ? playImap : playPop3;
    await play(steps, server, exchanges);
    return exchanges;
  } catch (error) {
    throw new Error(
      `${String(error)} after\n${exchanges.map((exchange) => JSON.stringify(exchange)).join("\n")}`,
    );
  } finally {
    server.close();
  }
}

type Server = Awaited<ReturnType<typeof dial>>;

async function playImap(steps: readonly string[], server: Server, exchanges: Exchange[]): Promise<void> {
  let tag = "";
  let asked = false;
  for (const [index, step] of steps.entries()) {
    const bytes = bytesOf(step);
    if (bytes === null) continue;
    const before = steps[index - 1] ?? "";
    const continues = before.startsWith("S: +") || /^C.*\{\d+\+\}$/.test(before);
    if (continues && before.startsWith("S: +") && !asked) continue;
    if (!continues) {
      // A server that asks for more where the other refused would take the next command for it.
      if (asked) return;
      tag = bytes.toString("latin1").split(" ", 1)[0] ?? "";
    }
    server.write(bytes);
    if (bytesOf(steps[index + 1] ?? "") !== null && /\{\d+\+\}$/.test(step)) continue;
    const answers: string[] = [];
    asked = false;
    for (;;) {
      const answer = await server.read();
      if (answer !== CLOSED && answer.startsWith("+")) asked = true;
      answers.push(answer);
      if (asked || answer === CLOSED || answer.startsWith(`${tag} `) || answer.startsWith("* BAD")) break;
    }
    exchanges.push({ said: `${continues ? `${tag} ... ` : ""}${readable(bytes)}`, answers });
    if (answers.includes(CLOSED)) return;
  }
}

const MULTI_LINE = /^(?:RETR|TOP|CAPA)\b|^(?:LIST|UIDL|AUTH)\s*$/i;

async function playPop3(steps: readonly string[], server: Server, exchanges: Exchange[]): Promise<void> {
  for (const step of steps) {
    const bytes = bytesOf(step);
    if (bytes === null) continue;
    server.write(bytes);
    for (const said of bytes
      .toString("latin1")
      .replace(/\r?\n$/, "")
      .split(/\r?\n/)) {
      const answers = [await server.read()];
      while (MULTI_LINE.test(said) && answers[0]?.startsWith("+OK") && answers.at(-1) !== ".") {
        answers.push(await server.read());
      }
      exchanges.push({ said: readable(Buffer.from(said, "latin1")), answers });
      if (answers.includes(CLOSED)) return;
    }
  }
}

/** What a step of a client sends; null for the other steps. */
function bytesOf(step: string): Buffer | null {
  if (step.startsWith("C: ")) return Buffer.from(`${step.slice(3)}\r\n`);
  if (step === "C:") return Buffer.from("\r\n");
  if (!step.startsWith("C!: ")) return null;
  const plain = step
    .slice(4)
    .replace(/\\(?:x([0-9a-f]{2})|([rnt\\]))/gi, (_, hex: string | undefined, name: string) =>
      hex === undefined
        ? ({ r: "\r", n: "\n", t: "\t", "\\": "\\" }[name] ?? name)
        : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(plain, "latin1");
}

function readable(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1").replace(/\r\n$/, "")).slice(1, -1).replaceAll('\\"', '"');
}

const CLOSED = "(closes)";

async function dial({ protocol, port, from = "127.0.0.1" }: Stage) {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  await once(socket, "connect");
  let chunks: Buffer[] = [];
  let buffered = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    wake();
  });
  for (const event of ["end", "close", "error"]) {
    socket.on(event, () => {
      ended = true;
      wake();
    });
  }

  /** The length of the first complete response, or -1. */
  function complete(): number {
    let at = 0;
    for (;;) {
      const lf = buffered.indexOf("\r\n", at);
      if (lf < 0) return -1;
      const literal =
        protocol === "imap" ? /\{(\d+)\}$/.exec(buffered.toString("latin1", Math.max(0, lf - 20), lf)) : null;
      if (literal === null) return lf;
      at = lf + 2 + Number(literal[1]);
      if (at > buffered.length) return -1;
    }
  }

  return {
    write: (bytes: Buffer) => void socket.write(bytes),
    close: () => socket.destroy(),
    async read(): Promise<string> {
      const deadline = AbortSignal.timeout(ANSWER_MS);
      deadline.addEventListener("abort", () => wake());
      for (;;) {
        buffered = Buffer.concat([buffered, ...chunks]);
        chunks = [];
        const length = complete();
        if (length >= 0) {
          const response = buffered.toString("latin1", 0, length);
          buffered = buffered.subarray(length + 2);
          return response;
        }
        if (ended) return CLOSED;
        if (deadline.aborted) throw new Error("no answer");
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
