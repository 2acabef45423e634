import {
  composeMessage,
  composeReport,
  firstValue,
  formatDate,
  type HeaderMailbox,
  parseMailbox,
  parseMessage,
  readWrittenText,
  splitHeader,
} from "@waxwing/message";
import type { Scenario } from "./scenario.ts";

/** A mail that the simulator sends, always to our own inbound server. */
export interface Answer {
  /** `""` is the null reverse-path. */
  readonly reversePath: string;
  /** Whom to try, in this order, until one is taken. */
  readonly to: readonly string[];
  readonly raw: Buffer;
}

/** The message that is answered. */
export interface Answered {
  /** The address of the simulator that got it. */
  readonly recipient: string;
  readonly reversePath: string;
  readonly raw: Buffer;
  readonly domain: string;
  /** Unique, for the Message-ID of the answer. */
  readonly id: string;
  readonly nowMs: number;
}

const MAX_QUOTED_CHARS = 2_000;
const MAX_SUBJECT_CHARS = 200;

/** The mail by which a scenario answers; null for those that do not. */
export function answerTo(scenario: Scenario, message: Answered): Answer | null {
  switch (scenario.kind) {
    case "late-bounce":
      return lateBounce(scenario.reply, message);
    case "complaint":
      return complaint(message);
    case "out-of-office":
      return outOfOffice(message);
    case "reply":
      return reply(message);
    default:
      return null;
  }
}

function lateBounce(
  { code, enhanced, text }: Extract<Scenario, { readonly kind: "late-bounce" }>["reply"],
  { recipient, reversePath, raw, domain, id, nowMs }: Answered,
): Answer {
  const report = composeReport({
    from: { name: "Mail Delivery System", address: `mailer-daemon@${domain}` },
    to: reversePath,
    messageId: `${id}@${domain}`,
    date: new Date(nowMs),
    reportingMta: `mx.${domain}`,
    arrivalDate: new Date(nowMs),
    recipients: [
      {
        finalRecipient: recipient,
        action: "failed",
        status: enhanced,
        diagnostic: `${code} ${enhanced} ${text}`,
        isReply: true,
        remoteMta: `mailbox.${domain}`,
      },
    ],
    original: raw,
    returned: "headers",
  });
  return { reversePath: "", to: [reversePath], raw: report };
}

/** RFC 5965, as large providers write it. */
function complaint({ recipient, reversePath, raw, domain, id, nowMs }: Answered): Answer {
  const date = formatDate(new Date(nowMs));
  const boundary = `=_${id}`;
  const lines = [
    `From: <feedback@${domain}>`,
    `To: <${reversePath}>`,
    "Subject: Complaint about a message",
    `Date: ${date}`,
    `Message-ID: <${id}@${domain}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=feedback-report;\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=us-ascii",
    "",
    "This is a complaint about a message, made by the simulator.",
    "",
    `--${boundary}`,
    "Content-Type: message/feedback-report",
    "",
    "Feedback-Type: abuse",
    "User-Agent: Waxwing-Simulator/1.0",
    "Version: 1",
    `Original-Mail-From: <${reversePath}>`,
    `Original-Rcpt-To: <${recipient}>`,
    `Arrival-Date: ${date}`,
    "",
    `--${boundary}`,
    "Content-Type: text/rfc822-headers",
    "Content-Transfer-Encoding: 8bit",
    "",
    "",
  ];
  const { header } = splitHeader(raw);
  const end = `\r\n--${boundary}--\r\n`;
  return {
    reversePath: "",
    to: [reversePath],
    raw: Buffer.concat([Buffer.from(lines.join("\r\n")), header, Buffer.from(end)]),
  };
}

/** RFC 3834 §3.1: to the return path, without a reverse-path of its own. */
function outOfOffice(message: Answered): Answer {
  const raw = compose(message, {
    to: message.reversePath,
    subject: "Automatic reply",
    headers: [["Auto-Submitted", "auto-replied"]],
    text: "I am out of the office until further notice, because I am simulated.\n",
  });
  return { reversePath: "", to: [message.reversePath], raw };
}

/** As a person answers: to Reply-To, or else to the sender. Where that is no mailbox of ours, the return path takes it. */
function reply(message: Answered): Answer {
  const { reversePath, recipient } = message;
  const parsed = parseMessage(message.raw);
  const named = [firstValue(parsed.fields, "reply-to") ?? "", parsed.from[0]?.address ?? ""];
  const to = named.flatMap((text) => {
    const address = /<([^<>]+)>\s*$/.exec(text)?.[1] ?? text.trim();
    return parseMailbox(address).kind === "invalid" ? [] : [address];
  });
  const quoted = readWrittenText(message.raw, parsed.root, MAX_QUOTED_CHARS).replace(/^/gm, "> ");
  const date = formatDate(new Date(message.nowMs));
  const raw = compose(message, {
    to: to[0] ?? reversePath,
    subject: "Re",
    headers: [],
    text: `Thank you, this is what the simulator has to say.\n\nOn ${date} <${parsed.from[0]?.address ?? ""}> wrote:\n${quoted}\n`,
  });
  return { reversePath: recipient, to: [...to, reversePath], raw };
}

function compose(
  { recipient, raw, domain, id, nowMs }: Answered,
  answer: {
    readonly to: string;
    readonly subject: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly text: string;
  },
): Buffer {
  const parsed = parseMessage(raw);
  const ids = /^<[\x21-\x7e]{1,500}>$/.exec(parsed.messageId ?? "")?.[0];
  const from: HeaderMailbox = { name: "The simulator", address: recipient };
  const { header, body } = composeMessage({
    from,
    to: [{ address: answer.to }],
    subject: `${answer.subject}: ${parsed.subject
      .slice(0, MAX_SUBJECT_CHARS)
      .replace(/\p{Cc}/gu, " ")
      .toWellFormed()}`,
    messageId: `${id}@${domain}`,
    date: new Date(nowMs),
    headers: [
      ...answer.headers,
      ...(ids === undefined
        ? []
        : ([
            ["In-Reply-To", ids],
            ["References", ids],
          ] as const)),
    ],
    text: answer.text,
    boundarySeed: id,
  });
  return Buffer.concat([Buffer.from(header), Buffer.from("\r\n"), body]);
}
