import { type TSchema, Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const orNull = <Inner extends TSchema>(type: Inner, description: string) =>
  Type.Union([type, Type.Null()], { description });
const instant = Type.String({ format: "date-time" });

const MIN_PASSWORD_CHARS = 8;
const MAX_RETENTION_DAYS = 36_500;

const settings = {
  quota_bytes: orNull(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    "What all its folders together may hold; null: any number of bytes.",
  ),
  quota_messages: orNull(Type.Integer({ minimum: 0, maximum: 2 ** 31 }), "The same in messages."),
  retention_days: orNull(
    Type.Integer({ minimum: 1, maximum: MAX_RETENTION_DAYS }),
    "Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE).",
  ),
  pop3_deletion: Type.Enum(["remove", "hide"], {
    type: "string",
    description:
      "What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more.",
  }),
  mirror_sent: Type.Boolean({
    description:
      "Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent.",
  }),
};
const fields = {
  id: Type.String(),
  address: Type.String(),
  ...settings,
  created_at: instant,
};

const SAMPLE_MAILBOX = {
  id: SAMPLE_ID.mailbox,
  address: "support@shop.example",
  quota_bytes: 1_000_000_000,
  quota_messages: null,
  retention_days: null,
  pop3_deletion: "remove" as const,
  mirror_sent: false,
  created_at: SAMPLE_TIME,
};

const Password = Type.String({
  minLength: MIN_PASSWORD_CHARS,
  maxLength: 256,
  description: "8 to 256 characters without control characters; made when absent.",
});
const ShownPassword = orNull(
  Type.String(),
  "The password that was made, shown this once; null when you gave one, or none was changed.",
);
const optional = {
  quota_bytes: Type.Optional(settings.quota_bytes),
  quota_messages: Type.Optional(settings.quota_messages),
  retention_days: Type.Optional(settings.retention_days),
  pop3_deletion: Type.Optional(settings.pop3_deletion),
  mirror_sent: Type.Optional(settings.mirror_sent),
};

/** The body of `POST /mailboxes`. */
export const MailboxRequest = Type.Object(
  { address: Type.String(), password: Type.Optional(Password), ...optional },
  {
    additionalProperties: false,
    examples: [{ address: SAMPLE_MAILBOX.address, quota_bytes: 1_000_000_000 }],
  },
);

/** The body of `PATCH /mailboxes/{id}`. */
export const MailboxChange = Type.Object(
  { password: Type.Optional(Password), ...optional },
  {
    additionalProperties: false,
    examples: [{ password: "correct horse battery staple" }, { retention_days: 90, mirror_sent: true }],
  },
);

/** A mailbox. */
export const MailboxView = Type.Object(fields, { examples: [SAMPLE_MAILBOX] });

/** A mailbox that was made or changed. */
export const ChangedMailbox = (description: string, password: string | null) =>
  Type.Object(
    { ...fields, password: ShownPassword },
    { description, examples: [{ ...SAMPLE_MAILBOX, password }] },
  );

/** All mailboxes of a project. */
export const MailboxList = Type.Object(
  { mailboxes: Type.Array(Type.Object(fields)) },
  { description: "All of them, by address.", examples: [{ mailboxes: [SAMPLE_MAILBOX] }] },
);

/** What a mailbox holds. */
export const MailboxUsage = Type.Object(
  {
    bytes: Type.Object({ used: Type.Integer(), limit: orNull(Type.Integer(), "null: any number.") }),
    messages: Type.Object({ used: Type.Integer(), limit: orNull(Type.Integer(), "null: any number.") }),
  },
  {
    examples: [{ bytes: { used: 52_428_800, limit: 1_000_000_000 }, messages: { used: 1_234, limit: null } }],
  },
);

/** The body of `POST /mailboxes/{id}/aliases`. */
export const AliasRequest = Type.Object(
  { address: Type.String() },
  { additionalProperties: false, examples: [{ address: "help@shop.example" }] },
);

const aliasFields = { id: Type.String(), address: Type.String(), created_at: instant };
const SAMPLE_ALIAS = { id: SAMPLE_ID.alias, address: "help@shop.example", created_at: SAMPLE_TIME };

/** Another address of a mailbox. */
export const AliasView = Type.Object(aliasFields, { examples: [SAMPLE_ALIAS] });

/** All aliases of a mailbox. */
export const AliasList = Type.Object(
  { aliases: Type.Array(Type.Object(aliasFields)) },
  { description: "All of them, by address.", examples: [{ aliases: [SAMPLE_ALIAS] }] },
);

const Scopes = Type.Array(Type.Enum(["imap", "pop3", "submission"], { type: "string" }), {
  minItems: 1,
  maxItems: 3,
  uniqueItems: true,
  description: "What it opens: the mailbox over IMAP or POP3, and sending from its addresses over SMTP.",
});

/** The body of `POST /mailboxes/{id}/app-passwords`. */
export const AppPasswordRequest = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 200, description: "For people." }), scopes: Scopes },
  { additionalProperties: false, examples: [{ name: "Ann's phone", scopes: ["imap", "submission"] }] },
);

const appPasswordFields = {
  id: Type.String(),
  name: Type.String(),
  scopes: Scopes,
  last_used_at: orNull(instant, "To the minute; null: never."),
  created_at: instant,
};
const SAMPLE_APP_PASSWORD = {
  id: SAMPLE_ID.appPassword,
  name: "Ann's phone",
  scopes: ["imap" as const, "submission" as const],
  last_used_at: SAMPLE_TIME,
  created_at: SAMPLE_TIME,
};

/** An app password that was made. */
export const NewAppPassword = Type.Object(
  {
    ...appPasswordFields,
    password: Type.String({
      description: "Shown this once; the user name beside it is an address of the mailbox.",
    }),
  },
  {
    description: "Created.",
    examples: [{ ...SAMPLE_APP_PASSWORD, last_used_at: null, password: "kR9vXq2mT7wZ4cLpY8sB1nGd" }],
  },
);

/** All app passwords of a mailbox. */
export const AppPasswordList = Type.Object(
  { app_passwords: Type.Array(Type.Object(appPasswordFields)) },
  { description: "All of them, oldest first.", examples: [{ app_passwords: [SAMPLE_APP_PASSWORD] }] },
);
