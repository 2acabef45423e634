import { parseDurationMs } from "./duration.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** How long each stage of handing mail to another server may take, in ms. */
export type SmtpTimeouts = Readonly<
  Record<
    | "connectMs"
    | "greetingMs"
    | "commandMs"
    | "handshakeMs"
    | "mailMs"
    | "rcptMs"
    | "dataMs"
    | "dataBlockMs"
    | "dataEndMs"
    | "quitMs",
    number
  >
>;

/** By the name that the configuration has for it. The minimums of RFC 5321 §4.5.3.2, and what is usual where it has none. */
const USUAL = {
  connect: "30s",
  greeting: "5m",
  command: "5m",
  tls: "60s",
  mail: "5m",
  rcpt: "5m",
  data: "2m",
  "data-block": "3m",
  "data-end": "10m",
  quit: "5s",
} as const;

type Stage = keyof typeof USUAL;
const isStage = (name: string): name is Stage => Object.hasOwn(USUAL, name);

/** A server that nobody is waiting for any more would still have a connection of its site for that long. */
const LONGEST_MS = 3_600_000;

/** All of them, as the reference shows them. */
export const USUAL_SMTP_TIMEOUTS: string = Object.entries(USUAL)
  .map(([stage, usual]) => `${stage}=${usual}`)
  .join(",");

/** Reads `stage=duration,...`; a stage that is not named keeps what is usual. */
export function parseSmtpTimeouts(text: string): Parsed<SmtpTimeouts> {
  const read = new Map<Stage, number>();
  for (const part of text.split(",")) {
    const [name = "", duration, ...rest] = part.split("=").map((word) => word.trim());
    if (duration === undefined || rest.length > 0)
      return bad(`"${part.trim()}" is not stage=duration, such as greeting=30s`);
    if (!isStage(name)) return bad(`"${name}" is none of the stages ${Object.keys(USUAL).join(", ")}`);
    if (read.has(name)) return bad(`names ${name} twice`);
    const parsed = parseDurationMs(duration);
    if (parsed.kind === "bad") return bad(`${name}: ${parsed.message}`);
    if (parsed.value > LONGEST_MS) return bad(`${name}: must not be longer than 1h`);
    read.set(name, parsed.value);
  }
  const ms = (stage: Stage): number => read.get(stage) ?? usualMs(stage);
  return ok({
    connectMs: ms("connect"),
    greetingMs: ms("greeting"),
    commandMs: ms("command"),
    handshakeMs: ms("tls"),
    mailMs: ms("mail"),
    rcptMs: ms("rcpt"),
    dataMs: ms("data"),
    dataBlockMs: ms("data-block"),
    dataEndMs: ms("data-end"),
    quitMs: ms("quit"),
  });
}

function usualMs(stage: Stage): number {
  const parsed = parseDurationMs(USUAL[stage]);
  if (parsed.kind === "bad") throw new Error(`${stage}: ${parsed.message}`);
  return parsed.value;
}
