import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const orNull = (description: string) =>
  Type.Union([Type.String({ format: "date-time", description }), Type.Null()]);

/** The body of `POST /domains`. */
export const DomainRequest = Type.Object(
  {
    name: Type.String({
      maxLength: 253,
      description: "Such as `shop.example`; Unicode names are taken as their ASCII form (RFC 5890).",
    }),
  },
  { additionalProperties: false, examples: [{ name: "shop.example" }] },
);

const catchAll = Type.Union([Type.String({ maxLength: 320 }), Type.Null()], {
  description:
    "A mailbox of the project that takes mail for addresses of the domain that nobody else takes; null: such mail is refused.",
});
const dmarcFailures = Type.Enum(["file", "reject"], {
  type: "string",
  description:
    "What becomes of mail whose From domain asks to reject what fails its DMARC check. `file`: the folder Junk.",
});

/** The body of `PATCH /domains/{id}`; what is absent stays. */
export const DomainPatch = Type.Object(
  { catch_all: Type.Optional(catchAll), dmarc_failures: Type.Optional(dmarcFailures) },
  { additionalProperties: false, minProperties: 1, examples: [{ catch_all: "inbox@shop.example" }] },
);

/** The body of `POST /domains/{id}/rotate-dkim`. */
export const RotateRequest = Type.Object(
  {
    algorithm: Type.Optional(
      Type.Enum(["rsa-sha256", "ed25519-sha256"], { type: "string", default: "rsa-sha256" }),
    ),
  },
  { additionalProperties: false, examples: [{ algorithm: "rsa-sha256" }] },
);

const SAMPLE_DOMAIN = {
  id: SAMPLE_ID.domain,
  name: "shop.example",
  verified: true,
  verified_at: SAMPLE_TIME,
  created_at: SAMPLE_TIME,
};

const summary = {
  id: Type.String(),
  name: Type.String(),
  verified: Type.Boolean({ description: "Only then can it send and receive." }),
  verified_at: orNull("null: not yet."),
  created_at: Type.String({ format: "date-time" }),
};

const Record = Type.Object({
  record: Type.Enum(["dkim", "return-path-mx", "return-path-spf", "dmarc", "inbound-mx", "tracking"], {
    type: "string",
  }),
  type: Type.Enum(["TXT", "MX", "CNAME"], { type: "string" }),
  name: Type.String(),
  expected: Type.String({ description: "The value to publish." }),
  required: Type.Boolean({ description: "Sending suffers without it." }),
  why: Type.String(),
  verdict: Type.Enum(["unchecked", "ok", "missing", "mismatch", "error"], {
    type: "string",
    description: "Of the last look. `error`: the look-up failed, which says nothing about the record.",
  }),
  found: Type.Array(Type.String()),
  advice: Type.Union([Type.String({ description: "What to do." }), Type.Null()]),
});

/** A domain with what to publish, and what the last look found. */
export const DomainDetail = Type.Object(
  {
    ...summary,
    return_path_host: Type.String({ description: "Where bounces go." }),
    catch_all: catchAll,
    dmarc_failures: dmarcFailures,
    checked_at: orNull("The last look at the DNS; null: none yet."),
    records: Type.Array(Record),
    mail_client_records: Type.Array(
      Type.Object({
        type: Type.Enum(["SRV"], { type: "string" }),
        name: Type.String(),
        expected: Type.String(),
        why: Type.String(),
      }),
      {
        description:
          "Advice: with them mail programs find the servers by themselves. Nothing else depends on them, and they are not looked at.",
      },
    ),
    dkim_keys: Type.Array(
      Type.Object({
        selector: Type.String(),
        algorithm: Type.String(),
        state: Type.Enum(["signing", "waiting", "retiring"], {
          type: "string",
          description:
            "`waiting`: its record was not seen yet. `retiring`: its successor signs; leave the record until it is gone from this list.",
        }),
        created_at: Type.String({ format: "date-time" }),
      }),
    ),
  },
  {
    title: "Domain",
    examples: [
      {
        ...SAMPLE_DOMAIN,
        return_path_host: "bounces.shop.example",
        catch_all: null,
        dmarc_failures: "file",
        checked_at: SAMPLE_TIME,
        records: [
          {
            record: "dkim",
            type: "TXT",
            name: "wx1._domainkey.shop.example",
            expected: "v=DKIM1; k=rsa; p=MIIBIjAN...",
            required: true,
            why: "Receivers check the signature of your mail with it.",
            verdict: "ok",
            found: ["v=DKIM1; k=rsa; p=MIIBIjAN..."],
            advice: null,
          },
        ],
        mail_client_records: [
          {
            type: "SRV",
            name: "_imaps._tcp.shop.example",
            expected: "0 1 993 mail.waxwing.example",
            why: "Lets mail programs find IMAP with TLS by themselves (RFC 6186, RFC 8314).",
          },
        ],
        dkim_keys: [{ selector: "wx1", algorithm: "rsa-sha256", state: "signing", created_at: SAMPLE_TIME }],
      },
    ],
  },
);

/** All domains of a project. */
export const DomainList = Type.Object(
  { domains: Type.Array(Type.Object(summary)) },
  { description: "All of them, by name.", examples: [{ domains: [SAMPLE_DOMAIN] }] },
);
