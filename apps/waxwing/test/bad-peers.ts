import type { PEER_FAULTS, PeerFault, PeerStage } from "@waxwing/testkit";

/**
 * A server that misbehaves, and what a message to it comes to after one attempt: its outcome and class (`greylisted`...), and how often
 * the server got it. `anew`: over a second connection, in the clear.
 */
export interface BadServer {
  readonly name: string;
  readonly faults: Partial<Readonly<Record<PeerStage, PeerFault>>>;
  /** Lines of its answer to EHLO. */
  readonly extensions?: readonly string[];
  readonly tls?: true;
  readonly comesTo: string;
  readonly copies: number;
}

type Row = readonly [opening: string, startTls: string, handshake: string, transaction: string, dot: string];

const CLEAR = "delivered anew";
const SILENT: Row = ["no-answer", CLEAR, CLEAR, "connection-lost", "unknown connection-lost"];
const NONSENSE: Row = ["protocol-error", CLEAR, CLEAR, "protocol-error", "unknown connection-lost"];
const LATER: Row = ["greylisted", "delivered", CLEAR, "greylisted", "greylisted"];
const GOODBYE = "system-unavailable";
const CLOSING: Row = [GOODBYE, GOODBYE, CLEAR, GOODBYE, GOODBYE];

/** What each fault comes to by where it happens; a class alone is a deferral. */
const AT_STAGES: Readonly<Record<keyof typeof PEER_FAULTS, Row>> = {
  "falls silent": SILENT,
  "hangs up": SILENT,
  "resets the connection": SILENT,
  "drips a reply that never ends": SILENT,
  "talks HTTP": NONSENSE,
  "sends octets without lines": NONSENSE,
  "sends a megabyte of reply": NONSENSE,
  "sends reply lines without end": NONSENSE,
  "says 421 and closes": CLOSING,
  "says 421 and stays": CLOSING,
  "defers with 451": LATER,
  // At the door it is the host that is refused, and not the message.
  "refuses with 554": ["policy", "delivered", CLEAR, "bounced policy", "bounced policy"],
  "says 399": ["protocol-error", "delivered", CLEAR, "protocol-error", "protocol-error"],
};

const COLUMNS: Readonly<Partial<Record<PeerStage, number>>> = {
  greeting: 0,
  EHLO: 0,
  STARTTLS: 1,
  handshake: 2,
  MAIL: 3,
  RCPT: 3,
  DATA: 3,
  dot: 4,
};

/** Every fault at every stage. */
export function faultsAtStages(faults: typeof PEER_FAULTS): readonly BadServer[] {
  return Object.entries(faults).flatMap(([name, fault]) =>
    Object.entries(COLUMNS).map(([stage, column]): BadServer => {
      const expected = AT_STAGES[name as keyof typeof PEER_FAULTS][column] ?? "";
      // RFC 5321 §3.2: who dislikes EHLO is asked with HELO.
      const comesTo = stage === "EHLO" && name === "refuses with 554" ? "delivered" : expected;
      return {
        name: `${name} at ${stage}`,
        faults: { [stage]: fault },
        ...(column === 1 || column === 2 ? { tls: true } : {}),
        comesTo: /^(delivered|unknown|bounced)/.test(comesTo) ? comesTo : `deferred ${comesTo}`,
        copies: comesTo.startsWith("delivered") || stage === "dot" ? 1 : 0,
      };
    }),
  );
}

const answer = (text: string): PeerFault => ({ kind: "answer", text });
const late: PeerFault = { kind: "late", ms: 150 };

/** Moods that are no fault of one stage. */
export const MOODS: readonly BadServer[] = [
  {
    name: "takes its time at every step",
    faults: { greeting: late, MAIL: late, RCPT: late, DATA: { kind: "late", ms: 151 }, dot: late },
    extensions: [],
    comesTo: "delivered",
    copies: 1,
  },
  {
    name: "answers in many lines",
    faults: {
      greeting: answer(`${"220-peer.test\r\n".repeat(60)}220 peer.test`),
      MAIL: answer("250-2.1.0 who\r\n250-2.1.0 is\r\n250 2.1.0 that"),
      RCPT: answer("250-2.1.5 well\r\n250 2.1.5 then"),
      DATA: answer("354-go\r\n354 on"),
      dot: answer("250-2.0.0 all\r\n250 2.0.0 of it"),
    },
    comesTo: "delivered",
    copies: 1,
  },
  {
    name: "ends its lines with LF and says codes alone",
    faults: { greeting: { kind: "raw", octets: "220\n" }, MAIL: { kind: "raw", octets: "250\n" } },
    comesTo: "delivered",
    copies: 1,
  },
  {
    name: "hangs up as soon as it has the message",
    faults: { dot: { kind: "last-words", text: "250 2.0.0 Ok, bye" } },
    comesTo: "delivered",
    copies: 1,
  },
  {
    name: "offers SIZE for less than the message",
    faults: {},
    extensions: ["PIPELINING", "SIZE 10"],
    comesTo: "bounced too-large",
    copies: 0,
  },
  {
    name: "offers SIZE for any message and does not take it",
    faults: { dot: answer("552 5.3.4 Message too big for system") },
    extensions: ["SIZE 0"],
    comesTo: "bounced too-large",
    copies: 1,
  },
  {
    name: "offers PIPELINING and loses its place",
    faults: {
      RCPT: answer("503 5.5.1 Bad sequence of commands"),
      DATA: answer("503 5.5.1 Bad sequence of commands"),
    },
    comesTo: "bounced protocol-error",
    copies: 0,
  },
  {
    name: "offers SIZE and refuses the parameter",
    faults: { MAIL: answer("555 5.5.4 Unsupported option: SIZE") },
    extensions: ["SIZE 1000000"],
    comesTo: "bounced protocol-error",
    copies: 0,
  },
  {
    name: "offers thousands of things",
    faults: { EHLO: answer(`${"250-X-THING\r\n".repeat(5_000)}250 HELP`) },
    comesTo: "deferred protocol-error",
    copies: 0,
  },
  {
    name: "wants a login",
    faults: { MAIL: answer("530 5.7.0 Authentication required"), DATA: answer("503 5.5.1 MAIL first") },
    extensions: ["PIPELINING", "AUTH LOGIN"],
    comesTo: "bounced relay-denied",
    copies: 0,
  },
  {
    name: "says 250 to DATA",
    faults: { DATA: answer("250 2.0.0 Ok") },
    comesTo: "deferred protocol-error",
    copies: 0,
  },
  {
    name: "takes the recipient and refuses it at DATA",
    faults: { DATA: answer("554 5.5.1 No valid recipients") },
    comesTo: "bounced protocol-error",
    copies: 0,
  },
  {
    name: "writes what is no text",
    faults: {
      RCPT: { kind: "raw", octets: Buffer.from("550 5.1.1 no \0such\x1b[2J user \xff\xfe\r\n", "latin1") },
    },
    comesTo: "bounced invalid-recipient",
    copies: 0,
  },
  {
    name: "says yes before it is asked",
    faults: { greeting: answer("220 peer.test\r\n250 peer.test") },
    comesTo: "deferred protocol-error",
    copies: 0,
  },
];
