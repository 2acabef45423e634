import { randomBytes } from "node:crypto";

/** Words of receipts and reminders: text that compresses like mail does. */
const WORDS =
  "order invoice delivery account payment receipt address customer total shipping parcel tracking number thank you for your purchase please find below the details of what we have sent".split(
    " ",
  );

const TEXT_CHARS = 1_500;
const HTML_CHARS = 2_200;

/** Makes bodies of `POST /send` that become messages of about 5 KB on the wire, each with content of its own. */
export function createMessages(options: {
  readonly domains: number;
  readonly sendAt?: string;
}): (number: number) => string {
  const { domains, sendAt } = options;
  const text = prose(TEXT_CHARS, "\n");
  const html = prose(HTML_CHARS, "</p>\n<p>");
  return (number) =>
    JSON.stringify({
      from: "Shop <shop@waxwing.test>",
      to: `customer-${number}@site-${number % domains}.test`,
      subject: `Your order ${number}`,
      text: `Order ${number}, reference ${randomBytes(24).toString("hex")}\n\n${text}\n`,
      html: `<html><body><h1>Order ${number}</h1>\n<p>${html}</p></body></html>\n`,
      ...(sendAt !== undefined && { send_at: sendAt }),
    });
}

/** The same text at each call, in paragraphs of a few lines. */
function prose(chars: number, paragraph: string): string {
  let text = "";
  for (let at = 0; text.length < chars; at++) {
    const word = WORDS[(at * 7 + Math.floor(at / 11)) % WORDS.length] ?? "";
    text += word + (at % 60 === 59 ? `.${paragraph}` : at % 12 === 11 ? "\n" : " ");
  }
  return text;
}
