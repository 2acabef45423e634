import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const instant = (description: string) => Type.String({ format: "date-time", description });
const orNull = (description: string) => Type.Union([instant(description), Type.Null()]);

/** The body of `POST /smtp-credentials`. */
export const SmtpCredentialRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, description: "For people." }),
    username: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 254,
        description:
          "An address at a verified domain of the project: a program whose bearer token names this address logs in with it. Made when absent.",
      }),
    ),
    allowed_ips: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100,
        description: "Addresses and CIDR ranges it may be used from; anywhere when absent.",
      }),
    ),
    expires_at: Type.Optional(instant("ISO 8601 with offset; never when absent.")),
  },
  { additionalProperties: false, examples: [{ name: "Printer", allowed_ips: ["192.0.2.0/24"] }] },
);

const fields = {
  id: Type.String(),
  name: Type.String(),
  username: Type.String(),
  allowed_ips: Type.Array(Type.String()),
  expires_at: orNull("null: never."),
  last_used_at: orNull("To the minute; null: not yet."),
  created_at: instant(""),
};

const SAMPLE = {
  id: SAMPLE_ID.key,
  name: "Printer",
  username: "smtp-0123456789abcdef0123",
  allowed_ips: ["192.0.2.0/24"],
  expires_at: null,
  last_used_at: null,
  created_at: SAMPLE_TIME,
};

/** A credential as it is shown. */
export const SmtpCredentialView = Type.Object(fields, { examples: [SAMPLE] });

/** A credential that was just made. */
export const NewSmtpCredential = Type.Object(
  { ...fields, password: Type.String({ description: "Shown this once, and kept nowhere." }) },
  { description: "Created.", examples: [{ ...SAMPLE, password: "x".repeat(24) }] },
);

/** All credentials of a project. */
export const SmtpCredentialList = Type.Object(
  { smtp_credentials: Type.Array(Type.Object(fields)) },
  { description: "All of them, oldest first.", examples: [{ smtp_credentials: [SAMPLE] }] },
);
