import { Type } from "typebox";

const policy = Type.Enum(["opportunistic", "required", "verified"], {
  type: "string",
  description:
    "`opportunistic`: no more than the domain itself asks; `required`: TLS or no mail, with any certificate; `verified`: with a trusted certificate made out to the mail server.",
});

/** The body of `PUT /tls-policies`. */
export const TlsPolicyRequest = Type.Object(
  {
    domain: Type.String({
      minLength: 1,
      maxLength: 255,
      description: "A domain of recipients, or `*` for all that have none of their own.",
    }),
    policy,
  },
  { additionalProperties: false, examples: [{ domain: "partner.example", policy: "verified" as const }] },
);

const fields = {
  domain: Type.String({ description: "In lower case, A-labels; `*`: all that have none of their own." }),
  policy,
};

const SAMPLE = { domain: "partner.example", policy: "verified" as const };

/** What a project asks of connections to a domain. */
export const TlsPolicyView = Type.Object(fields, { examples: [SAMPLE] });

/** All that a project asks. */
export const TlsPolicyList = Type.Object(
  { tls_policies: Type.Array(Type.Object(fields)) },
  { examples: [{ tls_policies: [{ domain: "*", policy: "required" as const }, SAMPLE] }] },
);
