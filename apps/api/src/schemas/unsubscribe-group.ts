import { Type } from "typebox";

const closed = { additionalProperties: false } as const;

const content = {
  name: Type.String({ minLength: 1, maxLength: 200, description: "Shown to recipients; once in a project." }),
  description: Type.String({ maxLength: 1_000, description: "Shown to recipients." }),
  is_default: Type.Boolean({ description: "At most one is; a new one takes the place of the old." }),
};

/** The body of `POST /unsubscribe-groups`. */
export const UnsubscribeGroupRequest = Type.Object(
  {
    name: content.name,
    description: Type.Optional(content.description),
    is_default: Type.Optional(content.is_default),
  },
  { ...closed, examples: [{ name: "Product news", description: "What is new in the shop, once a month." }] },
);

/** The body of `PATCH /unsubscribe-groups/:id`. */
export const UnsubscribeGroupPatch = Type.Partial(Type.Object(content), {
  ...closed,
  examples: [{ name: "News" }],
});

const SAMPLE = {
  id: 7,
  name: "Product news",
  description: "What is new in the shop, once a month.",
  is_default: false,
  unsubscribes: 12,
  created_at: "2026-11-23T08:30:00.000Z",
};

/** A group. */
export const UnsubscribeGroup = Type.Object(
  {
    id: Type.Integer(),
    ...content,
    unsubscribes: Type.Integer({ description: "How many addresses have left it." }),
    created_at: Type.String({ format: "date-time" }),
  },
  { description: "An unsubscribe group.", examples: [SAMPLE] },
);

/** All groups of a project. */
export const UnsubscribeGroupList = Type.Object(
  { unsubscribe_groups: Type.Array(UnsubscribeGroup) },
  { description: "All of them, oldest first.", examples: [{ unsubscribe_groups: [SAMPLE] }] },
);
