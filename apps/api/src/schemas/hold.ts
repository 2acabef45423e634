import { HOLD_KINDS } from "@waxwing/store";
import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const kind = Type.Enum([...HOLD_KINDS], {
  type: "string",
  description:
    "`site`: a destination as `GET /queue` names it, keys of the platform's first project only; `domain`: of the recipients; `project`; `tag`.",
});
const reason = Type.String({ maxLength: 500, description: "For people." });

/** The body of `POST /holds`. */
export const HoldRequest = Type.Object(
  {
    kind,
    value: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 400,
        description:
          "What is held: the site, domain, project id or tag. Of a project it may be absent: the key's own.",
      }),
    ),
    reason: Type.Optional(reason),
    until: Type.Optional(
      Type.String({
        format: "date-time",
        description: "When it ends by itself; absent: when it is deleted.",
      }),
    ),
    platform: Type.Optional(
      Type.Boolean({
        description: "Holds the mail of all projects. Keys of the platform's first project only.",
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ kind: "domain", value: "example.org", reason: "they asked us to wait" }],
  },
);

const fields = {
  id: Type.String(),
  kind,
  value: Type.String(),
  reason,
  until: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  platform: Type.Boolean(),
  key_id: Type.Union([Type.String(), Type.Null()], {
    description: "The API key that asked for it; null: the command line.",
  }),
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE = {
  id: SAMPLE_ID.event,
  kind: "domain",
  value: "example.org",
  reason: "they asked us to wait",
  until: null,
  platform: false,
  key_id: SAMPLE_ID.key,
  created_at: SAMPLE_TIME,
};

/** A hold. */
export const HoldView = Type.Object(fields, { description: "The hold.", examples: [SAMPLE] });

/** The holds there are. */
export const HoldList = Type.Object(
  { holds: Type.Array(Type.Object(fields)) },
  { description: "All of them, oldest first.", examples: [{ holds: [SAMPLE] }] },
);
