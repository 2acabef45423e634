/**
 * What `POST /v3/mail/send` says of its fields, verbatim (sendgrid/docs, `Web_API_v3/Mail/errors.md`): programs compare them. Where
 * two wordings are known the one of the running service is used. A text stands here once, however many fields it is said of.
 */

const MAILBOX_EXAMPLE =
  'e.g. {"email": "example@example.com"} or {"email": "example@example.com", "name": "Example Recipient"}';

const tooLong = (field: string): string =>
  `The ${field} email exceeds the maximum total length of 320 characters`;

const copyArray = (field: "cc" | "bcc"): string =>
  `The ${field} array, when used, must at least have an email parameter with a valid email address and it may also contain a name parameter. ${MAILBOX_EXAMPLE}`;

/** The texts about recipients and other addresses. */
export const ADDRESS_TEXTS = {
  personalizationsRequired:
    "The personalizations field is required and must have at least one personalization.",
  personalizationsEmpty: "You must have at least one personalization.",
  personalizationsTooMany: (count: number) =>
    `The personalization block is limited to 1000 personalizations per API request. You have provided ${count} personalizations. Please consider splitting this into multiple requests and resending your request.`,
  recipientsTooMany: "There is a limit of 1000 total recipients (to + cc + bcc) per request.",
  recipientTwice: (address: string, field: string) =>
    `Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [${address}] in the ${field} field.`,
  toRequired:
    "The to array is required for all personalization objects, and must have at least one email object with a valid email address.",
  cc: copyArray("cc"),
  bcc: copyArray("bcc"),
  addressInvalid: "Does not contain a valid address.",
  toTooLong: tooLong("To"),
  ccTooLong: tooLong("CC"),
  bccTooLong: tooLong("BCC"),
  fromTooLong: tooLong("From"),
  replyToTooLong: tooLong("Reply-To"),
  fromRequired: `The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter. ${MAILBOX_EXAMPLE}`,
  fromInvalid: "The from email does not contain a valid address.",
  fromNotVerified:
    "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements",
  replyTo: `The reply_to object, when used, must at least have an email parameter with a valid email address and it may also contain a name parameter. ${MAILBOX_EXAMPLE}`,
  replyToExclusive: "reply_to is mutually exclusive with reply_to_list.",
  replyToListTwice: "Each email address in the reply_to_list should be unique.",
  replyToListInvalid: "The reply_to_list email does not contain a valid address.",
  replyToListRequired: "The reply_to_list email parameter is required.",
  replyToListTooMany: "There is a limit of 1000 addresses in the reply_to_list.",
  nameInvalid: "The name must be a string without line breaks of at most 512 characters.",
} as const;

/** The texts about what a message says. */
export const CONTENT_TEXTS = {
  subjectInvalid: "The subject of your email must be a string at least one character in length.",
  subjectRequired:
    "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.",
  contentRequired:
    "The content param is required unless you are using a transactional template and have defined a template_ID.",
  contentEmpty:
    "There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.",
  typeRequired: "A content type is required, this tells email clients how to display the email.",
  typeInvalid: "Your content type must be a string with length of at least one character.",
  typeCharacters: "Cannot contain ';', or CRLF characters.",
  valueRequired: "A content value is required, this is the content of the email you are sending.",
  valueInvalid: "The content value must be a string at least one character in length.",
  order:
    "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in your email: text/plain needs to be first, followed by text/html, followed by any other content.",
  attachmentNotBase64: "The attachment content must be base64 encoded.",
  attachmentEmpty: "The attachment content must be a string at least one character in length.",
  filenameRequired: "filename is required.",
  filenameInvalid: "The filename of your attachment must be a string.",
  filenameCharacters: "The filename of your attachment cannot contain CRLF characters.",
  disposition: (given: string) =>
    `The disposition of your attachment can be either "inline" or "attachment". You provided [${given}].`,
  contentId: (given: string) =>
    `The content ID of your attachment must be a string. You provided [${given}].`,
  contentIdCharacters: "The content ID of your attachment cannot contain CRLF characters.",
  attachmentType: "The attachment type must be a string and at least one character in length.",
  attachmentTypeCharacters: "The type cannot contain ';', or CRLF characters.",
  templateNotString: (given: string) => `The template ID must be a string, you provided [${given}].`,
  templateUnknown: (given: string) =>
    `The Template ID must be a valid template id for your account. You provided [${given}].`,
  templateInvalid: "Must be a valid template.",
  substitutions:
    "The substitution values must be an object of key/value pairs, where the values are all strings.",
  substitutionsTooMany: "You are limited to 10,000 substitutions.",
  sections: "The section values must be strings.",
  sectionsTooMany: "You are limited to 1,000 sections.",
  tooLarge: "content too large",
} as const;

/** The texts about everything that goes with a message. */
export const EXTRA_TEXTS = {
  customArgsInvalid: "All values of custom arguments object must be strings",
  customArgsEmpty: "custom_args cannot be empty.",
  customArgsTooLarge:
    "The combined size of both global and personalization custom arguments may not exceed 10,000 bytes per personalization.",
  dataInvalid: "The dynamic_template_data must be an object.",
  headersOfPersonalization: "All values of the headers object must be strings.",
  headers: "The header values must be strings.",
  headersTwice: "The headers cannot contain duplicate keys.",
  headersCharacters: "Header keys cannot contain non-ASCII characters or empty spaces.",
  headersReservedOfPersonalization: "Header cannot be one of the reserved keys.",
  headersReserved: "Header can not be one of the reserved keys.",
  sendAtInvalid:
    "The `send_at` parameter is expecting a Unix timestamp as an integer. We will send immediately if you include a `send_at` timestamp that is in the past.",
  sendAtTooFar: "Scheduling more than 72 hours in advance is forbidden.",
  categoriesTooMany: (count: number) =>
    `There is a limit of 10 categories for each email that is sent. You provided ${count} categories.`,
  categoriesInvalid: "Categories must be an array of strings.",
  categoryTooLong: (category: string) =>
    `Each category must not be longer than 255 characters. [${category}] exceeds this limit`,
  categoryTwice: (category: string) =>
    `The categories must be a unique list, and you have included [${category}] more than once.`,
  categoryCharacters: "Categories can not contain non-ASCII characters.",
  batchIdInvalid: "The batch_id must be a string.",
  batchIdUnknown: "invalid batch id",
  poolInvalid: "The name of your IP pool must be a string.",
  poolUnknown: (given: string) =>
    `The IP Pool name must be a valid pool name for your account. You provided [${given}].`,
  groupInvalid: "The ASM group ID must be an integer.",
  groupUnknown: (given: number) =>
    `The ASM group ID must be a valid Group ID on your account. You provided [${given}].`,
  groupsShownInvalid: "The ASM Group IDs to display must be an array of integers.",
  groupsShownTooMany: "There is a limit of 25 unsubscribe groups that can be displayed to a user at a time.",
  groupsShownUnknown: (given: readonly number[]) =>
    `All ASM groups to display must be valid ASM groups IDs on your account. You provided {${given.join(", ")}}.`,
} as const;

const enable = (setting: string): string => `The ${setting} enable param should be a boolean value.`;
const analytics = (name: string): string => `The Google Analytics ${name} must be a string value.`;

/** The texts about mail_settings and tracking_settings. */
export const SETTING_TEXTS = {
  bypassList: enable("bypass list management"),
  bypassSpam: enable("bypass spam management"),
  bypassBounce: enable("bypass bounce management"),
  bypassUnsubscribe: enable("bypass unsubscribe management"),
  sandbox: enable("sandbox mode"),
  footer: enable("footer"),
  footerText: "The text/plain version of your footer should be a string.",
  footerHtml: "The text/html version of your footer should be a string.",
  bcc: enable("bcc"),
  bccEmail: `The bcc email recipient object must at least have an email address and may also contain a name. ${MAILBOX_EXAMPLE}`,
  bccRequired: "You must include a recipient object when using the bcc mail setting.",
  spamCheck: enable("spam check"),
  spamUrl: "The spam check url must be a string.",
  spamUrlRequired: "You must include the url to post to when using the spam check mail setting.",
  spamUrlScheme: "The `post_to_url` parameter must start with `http://` or `https://`.",
  spamThreshold:
    "The spam check threshold is between 1 and 10, with the lower numbers being the most strict filtering. ",
  spamThresholdRequired: "You must include the spam check threshold  when using the spam check mail setting.",
  clicks: enable("click tracking"),
  clicksText: "The click tracking enable text must be a boolean value.",
  opens: enable("open tracking"),
  opensTag: "The open tracking substitution tag must be a string.",
  subscription: enable("subscription tracking"),
  subscriptionText:
    "The subscription tracking unsubscribe content for text/plain messages must be a string. ",
  subscriptionHtml: "The subscription tracking unsubscribe content for text/html messages must be a string.",
  subscriptionTag: "The subscription tracking substitution tag must be a string value.",
  analytics: "The Google Analytics enable param must be a boolean value.",
  analyticsOf: analytics,
} as const;
