import { templateLimits } from "@waxwing/templates";
import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const closed = { additionalProperties: false } as const;
const instant = () => Type.String({ format: "date-time" });
const name = () => Type.String({ minLength: 1, maxLength: 255, description: "For people." });
const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

/** Any JSON object; the values that a template names. */
export const variables = (description: string) =>
  Type.Unsafe<Readonly<Record<string, unknown>>>({ type: "object", additionalProperties: true, description });

/** The body of `POST /templates` and `PATCH /templates/:id`. */
export const TemplateRequest = Type.Object(
  { name: name() },
  { ...closed, examples: [{ name: "Order confirmation" }] },
);

const SAMPLE_VERSION = {
  id: SAMPLE_ID.version,
  name: "First",
  active: true,
  created_at: SAMPLE_TIME,
  updated_at: SAMPLE_TIME,
};
const SAMPLE_TEMPLATE = {
  id: SAMPLE_ID.template,
  name: "Order confirmation",
  active_version_id: SAMPLE_ID.version,
  created_at: SAMPLE_TIME,
  updated_at: SAMPLE_TIME,
};
const SAMPLE_CONTENT = {
  name: "First",
  subject: "Your order {{order}}",
  html: "<p>Thank you, {{name}}.</p>",
  test_data: { name: "Ann", order: 42 },
};

const summary = {
  id: Type.String(),
  name: Type.String(),
  active: Type.Boolean({ description: "Whether this version is the one that is sent." }),
  created_at: instant(),
  updated_at: instant(),
};

const described = {
  id: Type.String({ description: "For `template` of `POST /send`." }),
  name: Type.String(),
  active_version_id: nullable("The version that is sent; null while there is none."),
  created_at: instant(),
  updated_at: instant(),
};

/** A template with its versions. */
export const Template = Type.Object(
  { ...described, versions: Type.Array(Type.Object(summary), { description: "Oldest first." }) },
  { $id: "Template", examples: [{ ...SAMPLE_TEMPLATE, versions: [SAMPLE_VERSION] }] },
);

/** All templates of a project. */
export const TemplateList = Type.Object(
  { templates: Type.Array(Type.Object(described)) },
  { description: "All of them, oldest first.", examples: [{ templates: [SAMPLE_TEMPLATE] }] },
);

const content = {
  name: name(),
  subject: nullable(
    `Handlebars, at most ${templateLimits.subjectChars} characters. When absent or null, each message brings its own.`,
  ),
  html: nullable(`Handlebars, at most ${templateLimits.sourceChars} characters. Variables are escaped.`),
  text: nullable("Handlebars. When absent or null, it is made from html. Variables are not escaped."),
  strict: Type.Boolean({
    description: "Whether a missing variable is an error; otherwise it is nothing. False when absent.",
  }),
  test_data: variables("Variables to try it with."),
};

const { name: versionName, ...others } = content;

/** The body of `POST /templates/:id/versions`. */
export const TemplateVersionRequest = Type.Object(
  { name: versionName, ...Type.Partial(Type.Object(others)).properties },
  { ...closed, examples: [SAMPLE_CONTENT] },
);

/** The body of `PATCH /templates/:id/versions/:version`. */
export const TemplateVersionChange = Type.Partial(Type.Object(content), {
  ...closed,
  examples: [{ html: "<p>Thank you very much, {{name}}.</p>" }],
});

/** A version with what it says. */
export const TemplateVersion = Type.Object(
  { ...summary, template_id: Type.String(), ...content },
  {
    $id: "TemplateVersion",
    examples: [
      { ...SAMPLE_VERSION, ...SAMPLE_CONTENT, template_id: SAMPLE_ID.template, text: null, strict: false },
    ],
  },
);

/** The body of `POST /templates/:id/render`. */
export const RenderRequest = Type.Object(
  {
    version: Type.Optional(Type.String({ description: "The active version when absent." })),
    variables: Type.Optional(variables("The version's test data when absent.")),
  },
  { ...closed, examples: [{ variables: { name: "Ann", order: 42 } }] },
);

/** What a template would say. */
export const RenderAnswer = Type.Object(
  {
    subject: nullable("Null when the version has none."),
    html: nullable("Null when the version has none."),
    text: nullable("Null when the version has none: then it is made from html when it is sent."),
  },
  {
    description: "What would be sent.",
    examples: [{ subject: "Your order 42", html: "<p>Thank you, Ann.</p>", text: null }],
  },
);
