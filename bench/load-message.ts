import { randomBytes } from "node:crypto";
import type { LoadPlan } from "./load-plan.ts";

/** Words of receipts and reminders: text that compresses like mail does. */
const WORDS =
  "order invoice delivery account payment receipt address customer total shipping parcel tracking number thank you for your purchase please find below the details of what we have sent".split(
    " ",
  );

const TEXT_CHARS = 1_500;
const HTML_CHARS = 2_200;

/** The requests of a plan. */
interface Requests {
  readonly path: string;
  readonly body: (number: number) => string;
  /** Whether everything in the request was taken. */
  readonly isTaken: (status: number, body: Buffer) => boolean;
}

/** Makes requests whose messages have about 5 KB on the wire, each with content of its own unless they are personalizations. */
export function createRequests(
  plan: Pick<LoadPlan, "shape" | "together" | "domains" | "topDomain" | "sendAt">,
): Requests {
  const { together = 1, domains, topDomain = "test", sendAt } = plan;
  const shape: NonNullable<LoadPlan["shape"]> = plan.shape ?? "single";
  const text = prose(TEXT_CHARS, "\n");
  const html = prose(HTML_CHARS, "</p>\n<p>");
  const recipient = (number: number) => `customer-${number}@site-${number % domains}.${topDomain}`;
  const texts = (number: number) => ({
    text: `Order ${number}, reference ${randomBytes(24).toString("hex")}\n\n${text}\n`,
    html: `<html><body><h1>Order ${number}</h1>\n<p>${html}</p></body></html>\n`,
  });
  const message = (number: number) => ({
    from: "Shop <shop@waxwing.test>",
    to: recipient(number),
    subject: `Your order ${number}`,
    ...texts(number),
    ...(sendAt !== undefined && { send_at: sendAt }),
  });
  const numbers = (number: number) =>
    Array.from({ length: together }, (_, index) => number * together + index);
  switch (shape) {
    case "single":
      return {
        path: "/send",
        body: (number) => JSON.stringify(message(number)),
        isTaken: (status) => status === 202,
      };
    case "batch":
      return {
        path: "/send/batch",
        body: (number) => JSON.stringify(numbers(number).map(message)),
        isTaken: (status, body) => status === 200 && !body.includes('"problem"'),
      };
    case "personalizations":
      return {
        path: "/v3/mail/send",
        body: (number) =>
          JSON.stringify({
            from: { email: "shop@waxwing.test", name: "Shop" },
            subject: "Your order -number-",
            personalizations: numbers(number).map((each) => ({
              to: [{ email: recipient(each) }],
              substitutions: { "-number-": String(each) },
            })),
            content: [
              { type: "text/plain", value: texts(number).text },
              { type: "text/html", value: texts(number).html },
            ],
            ...(sendAt !== undefined && { send_at: Math.floor(Date.parse(sendAt) / 1_000) }),
          }),
        isTaken: (status) => status === 202,
      };
  }
}

/** Makes mails of the same kind and size as they are submitted over SMTP. */
export function createMails(
  plan: Pick<LoadPlan, "domains">,
): (number: number) => { readonly from: string; readonly to: string; readonly message: string } {
  const boundary = "bench-alternative";
  const text = prose(TEXT_CHARS, "\n").replaceAll("\n", "\r\n");
  const html = prose(HTML_CHARS, "</p>\n<p>").replaceAll("\n", "\r\n");
  const date = new Date().toUTCString().replace("GMT", "+0000");
  return (number) => {
    const reference = randomBytes(24).toString("hex");
    const to = `customer-${number}@site-${number % plan.domains}.test`;
    return {
      from: "shop@waxwing.test",
      to,
      message: [
        "From: Shop <shop@waxwing.test>",
        `To: ${to}`,
        `Subject: Your order ${number}`,
        `Date: ${date}`,
        `Message-ID: <${reference}@waxwing.test>`,
        "MIME-Version: 1.0",
        `Content-Type: multipart/alternative; boundary="${boundary}"`,
        "",
        `--${boundary}`,
        "Content-Type: text/plain; charset=us-ascii",
        "",
        `Order ${number}, reference ${reference}\r\n\r\n${text}`,
        `--${boundary}`,
        "Content-Type: text/html; charset=us-ascii",
        "",
        `<html><body><h1>Order ${number}</h1>\r\n<p>${html}</p></body></html>`,
        `--${boundary}--`,
      ].join("\r\n"),
    };
  };
}

/** The same text at each call, in paragraphs of a few lines; in one piece, or every request would put hundreds of them together. */
function prose(chars: number, paragraph: string): string {
  let text = "";
  for (let at = 0; text.length < chars; at++) {
    const word = WORDS[(at * 7 + Math.floor(at / 11)) % WORDS.length] ?? "";
    text += word + (at % 60 === 59 ? `.${paragraph}` : at % 12 === 11 ? "\n" : " ");
  }
  return Buffer.from(text).toString();
}
