import type { Tenant } from "./api-fixture.ts";

/** A body that `POST /v3/mail/send` takes from this tenant. */
export function validMail(tenant: Pick<Tenant, "domain">): Record<string, unknown> {
  return {
    personalizations: [{ to: [{ email: "ann@example.test", name: "Ann" }] }],
    from: { email: `shop@${tenant.domain}`, name: "Shop" },
    subject: "Hello",
    content: [{ type: "text/plain", value: "Hi Ann" }],
  };
}

const EXAMPLE =
  'e.g. {"email": "example@example.com"} or {"email": "example@example.com", "name": "Example Recipient"}';
const ANN = { email: "ann@example.test" };
const LONG = `${"a".repeat(310)}@example.test`;
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));
const person = (change: object) => ({ personalizations: [{ to: [ANN], ...change }] });
const attached = (change: object) => ({
  attachments: [{ content: "aGk=", filename: "a.txt", type: "text/plain", ...change }],
});
const FAR = Math.floor(Date.now() / 1_000) + 73 * 3_600;
const SEND_AT =
  "The `send_at` parameter is expecting a Unix timestamp as an integer. We will send immediately if you include a `send_at` timestamp that is in the past.";
const FROM = `The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter. ${EXAMPLE}`;
const TO =
  "The to array is required for all personalization objects, and must have at least one email object with a valid email address.";
const copies = (kind: string) =>
  `The ${kind} array, when used, must at least have an email parameter with a valid email address and it may also contain a name parameter. ${EXAMPLE}`;
const REPLY_TO = `The reply_to object, when used, must at least have an email parameter with a valid email address and it may also contain a name parameter. ${EXAMPLE}`;
const ORDER =
  "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in your email: text/plain needs to be first, followed by text/html, followed by any other content.";
const SUBJECT =
  "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.";

/** What is wrong, the field that is named, and SendGrid's text for it: one row for each that SendGrid documents. */
export const REFUSALS: readonly (readonly [change: object, field: string, message: string])[] = [
  [
    { personalizations: undefined },
    "personalizations",
    "The personalizations field is required and must have at least one personalization.",
  ],
  [
    { personalizations: {} },
    "personalizations",
    "The personalizations field is required and must have at least one personalization.",
  ],
  [{ personalizations: [] }, "personalizations", "You must have at least one personalization."],
  [
    { personalizations: many(1_001, (n) => ({ to: [{ email: `u${n}@example.test` }] })) },
    "personalizations",
    "The personalization block is limited to 1000 personalizations per API request. You have provided 1001 personalizations. Please consider splitting this into multiple requests and resending your request.",
  ],
  [
    person({ to: many(1_001, (n) => ({ email: `u${n}@example.test` })) }),
    "personalizations",
    "There is a limit of 1000 total recipients (to + cc + bcc) per request.",
  ],
  [
    person({ cc: [{ email: "bob@example.test" }, { email: "ANN@example.test" }] }),
    "personalizations.0",
    "Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [ANN@example.test] in the personalizations.0.cc field.",
  ],
  [{ personalizations: [{}] }, "personalizations.0.to", TO],
  [person({ to: [] }), "personalizations.0.to", TO],
  [person({ to: ANN }), "personalizations.0.to", TO],
  [person({ to: ["ann@example.test"] }), "personalizations.0.to.0", TO],
  [person({ to: [ANN, {}] }), "personalizations.0.to.1.email", TO],
  [person({ to: [{ email: "ann" }] }), "personalizations.0.to.0.email", "Does not contain a valid address."],
  [person({ to: [{ email: 5 }] }), "personalizations.0.to.0.email", "Does not contain a valid address."],
  [
    person({ to: [{ email: LONG }] }),
    "personalizations.0.to.0.email",
    "The To email exceeds the maximum total length of 320 characters",
  ],
  [person({ cc: {} }), "personalizations.0.cc", copies("cc")],
  [person({ cc: [{}] }), "personalizations.0.cc.0.email", copies("cc")],
  [
    person({ cc: [{ email: LONG }] }),
    "personalizations.0.cc.0.email",
    "The CC email exceeds the maximum total length of 320 characters",
  ],
  [person({ bcc: "x" }), "personalizations.0.bcc", copies("bcc")],
  [
    person({ bcc: [{ email: LONG }] }),
    "personalizations.0.bcc.0.email",
    "The BCC email exceeds the maximum total length of 320 characters",
  ],
  [
    person({ from: { email: "x" } }),
    "personalizations.0.from.email",
    "The from email does not contain a valid address.",
  ],
  [
    person({ custom_args: { a: 1 } }),
    "personalizations.0.custom_args",
    "All values of custom arguments object must be strings",
  ],
  [person({ custom_args: {} }), "personalizations.0.custom_args", "custom_args cannot be empty."],
  [{ custom_args: [] }, "custom_args", "All values of custom arguments object must be strings"],
  [
    { ...person({ custom_args: { b: "x".repeat(6_000) } }), custom_args: { a: "x".repeat(6_000) } },
    "personalizations.0.custom_args",
    "The combined size of both global and personalization custom arguments may not exceed 10,000 bytes per personalization.",
  ],
  [
    person({ headers: { "X-A": 1 } }),
    "personalizations.0.headers",
    "All values of the headers object must be strings.",
  ],
  [{ headers: { "X-A": 1 } }, "headers", "The header values must be strings."],
  [{ headers: { "X-A": "1", "x-a": "2" } }, "headers", "The headers cannot contain duplicate keys."],
  [
    { headers: { "X Ä": "1" } },
    "headers",
    "Header keys cannot contain non-ASCII characters or empty spaces.",
  ],
  [
    person({ headers: { "DKIM-Signature": "1" } }),
    "personalizations.0.headers",
    "Header cannot be one of the reserved keys.",
  ],
  ...[
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "Content-Type",
    "Content-Transfer-Encoding",
    "To",
    "From",
    "Subject",
    "Reply-To",
    "CC",
    "BCC",
  ].map(
    (name) =>
      [{ headers: { [name]: "1" } }, "headers", "Header can not be one of the reserved keys."] as const,
  ),
  [{ send_at: "soon" }, "send_at", SEND_AT],
  [{ send_at: 1.5 }, "send_at", SEND_AT],
  [person({ send_at: "1" }), "personalizations.0.send_at", SEND_AT],
  [{ send_at: FAR }, "send_at", "Scheduling more than 72 hours in advance is forbidden."],
  [
    person({ send_at: FAR }),
    "personalizations.0.send_at",
    "Scheduling more than 72 hours in advance is forbidden.",
  ],
  [
    { subject: "" },
    "subject",
    "The subject of your email must be a string at least one character in length.",
  ],
  [{ subject: 5 }, "subject", "The subject of your email must be a string at least one character in length."],
  [
    person({ subject: "" }),
    "personalizations.0.subject",
    "The subject of your email must be a string at least one character in length.",
  ],
  [{ subject: undefined }, "subject", SUBJECT],
  [
    person({ substitutions: { a: 1 } }),
    "personalizations.0.substitutions",
    "The substitution values must be an object of key/value pairs, where the values are all strings.",
  ],
  [
    person({ substitutions: Object.fromEntries(many(10_001, (n) => [`${n}`, ""])) }),
    "personalizations.0.substitutions",
    "You are limited to 10,000 substitutions.",
  ],
  [{ sections: { a: 1 } }, "sections", "The section values must be strings."],
  [
    { sections: Object.fromEntries(many(1_001, (n) => [`${n}`, ""])) },
    "sections",
    "You are limited to 1,000 sections.",
  ],
  [{ from: undefined }, "from", FROM],
  [{ from: {} }, "from.email", FROM],
  [{ from: { email: "x@" } }, "from.email", "The from email does not contain a valid address."],
  [
    { from: { email: LONG } },
    "from.email",
    "The From email exceeds the maximum total length of 320 characters",
  ],
  [{ reply_to: "x@y.test" }, "reply_to", REPLY_TO],
  [{ reply_to: {} }, "reply_to.email", REPLY_TO],
  [
    { reply_to: { email: LONG } },
    "reply_to.email",
    "The Reply-To email exceeds the maximum total length of 320 characters",
  ],
  [{ reply_to: ANN, reply_to_list: [ANN] }, "reply_to", "reply_to is mutually exclusive with reply_to_list."],
  [
    { reply_to_list: [ANN, ANN] },
    "reply_to_list",
    "Each email address in the reply_to_list should be unique.",
  ],
  [
    { reply_to_list: [{ email: "x" }] },
    "reply_to_list.0.email",
    "The reply_to_list email does not contain a valid address.",
  ],
  [{ reply_to_list: [{}] }, "reply_to_list.0.email", "The reply_to_list email parameter is required."],
  [
    { content: undefined },
    "content",
    "The content param is required unless you are using a transactional template and have defined a template_ID.",
  ],
  [
    { content: [] },
    "content",
    "There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.",
  ],
  [
    { content: [{ value: "a" }] },
    "content.0.type",
    "A content type is required, this tells email clients how to display the email.",
  ],
  [
    { content: [{ type: "", value: "a" }] },
    "content.0.type",
    "Your content type must be a string with length of at least one character.",
  ],
  [
    { content: [{ type: "text/plain; charset=x", value: "a" }] },
    "content.0.type",
    "Cannot contain ';', or CRLF characters.",
  ],
  [
    { content: [{ type: "text/plain" }] },
    "content.0.value",
    "A content value is required, this is the content of the email you are sending.",
  ],
  [
    { content: [{ type: "text/plain", value: "" }] },
    "content.0.value",
    "The content value must be a string at least one character in length.",
  ],
  [
    {
      content: [
        { type: "text/html", value: "a" },
        { type: "text/plain", value: "a" },
      ],
    },
    "content",
    ORDER,
  ],
  [
    {
      content: [
        { type: "text/calendar", value: "a" },
        { type: "text/html", value: "a" },
      ],
    },
    "content",
    ORDER,
  ],
  [
    attached({ content: "not base64!" }),
    "attachments.0.content",
    "The attachment content must be base64 encoded.",
  ],
  [
    attached({ content: "" }),
    "attachments.0.content",
    "The attachment content must be a string at least one character in length.",
  ],
  [attached({ filename: undefined }), "attachments.0.filename", "filename is required."],
  [attached({ filename: 5 }), "attachments.0.filename", "The filename of your attachment must be a string."],
  [
    attached({ filename: "a\r\nb" }),
    "attachments.0.filename",
    "The filename of your attachment cannot contain CRLF characters.",
  ],
  [
    attached({ disposition: "hidden" }),
    "attachments.0.disposition",
    'The disposition of your attachment can be either "inline" or "attachment". You provided [hidden].',
  ],
  [
    attached({ content_id: 7 }),
    "attachments.0.content_id",
    "The content ID of your attachment must be a string. You provided [7].",
  ],
  [
    attached({ contentId: "a\nb" }),
    "attachments.0.content_id",
    "The content ID of your attachment cannot contain CRLF characters.",
  ],
  [
    attached({ type: "" }),
    "attachments.0.type",
    "The attachment type must be a string and at least one character in length.",
  ],
  [
    attached({ type: "text/plain;x" }),
    "attachments.0.type",
    "The type cannot contain ';', or CRLF characters.",
  ],
  [
    { categories: many(11, String) },
    "categories",
    "There is a limit of 10 categories for each email that is sent. You provided 11 categories.",
  ],
  [{ categories: [1] }, "categories", "Categories must be an array of strings."],
  [{ categories: "news" }, "categories", "Categories must be an array of strings."],
  [
    { categories: ["x".repeat(256)] },
    "categories",
    `Each category must not be longer than 255 characters. [${"x".repeat(256)}] exceeds this limit`,
  ],
  [
    { categories: ["a", "a"] },
    "categories",
    "The categories must be a unique list, and you have included [a] more than once.",
  ],
  [{ categories: ["ä"] }, "categories", "Categories can not contain non-ASCII characters."],
  [{ template_id: 5 }, "template_id", "The template ID must be a string, you provided [5]."],
  [
    { template_id: "d-unknown" },
    "template_id",
    "The Template ID must be a valid template id for your account. You provided [d-unknown].",
  ],
  [{ batch_id: 5 }, "batch_id", "The batch_id must be a string."],
  [{ batch_id: "unknown" }, "batch_id", "invalid batch id"],
  [{ ip_pool_name: 5 }, "ip_pool_name", "The name of your IP pool must be a string."],
  [
    { ip_pool_name: "x" },
    "ip_pool_name",
    "The IP Pool name must be a valid pool name for your account. You provided [x].",
  ],
  [{ asm: { group_id: "1" } }, "asm.group_id", "The ASM group ID must be an integer."],
  [{ asm: {} }, "asm.group_id", "The ASM group ID must be an integer."],
  [
    { asm: { group_id: 2_000_000_000 } },
    "asm.group_id",
    "The ASM group ID must be a valid Group ID on your account. You provided [2000000000].",
  ],
  [{ unknown: 1 }, "unknown", "Bad Request"],
  [person({ unknown: 1 }), "personalizations.0.unknown", "Bad Request"],
  [attached({ unknown: 1 }), "attachments.0.unknown", "Bad Request"],
  [{ content: [{ type: "text/plain", value: "a", unknown: 1 }] }, "content.0.unknown", "Bad Request"],
];
