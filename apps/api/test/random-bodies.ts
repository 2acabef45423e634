import fc, { type Arbitrary } from "fast-check";
import type { RequestSchema } from "../src/schema-problems.ts";

/** A request of a fuzzing run: a body as bytes, and its content type. */
export interface RandomRequest {
  readonly payload: Buffer;
  readonly contentType: string;
}

const domainPart = fc.constantFrom(
  "example.test",
  "EXAMPLE.test",
  "xn--bcher-kva.test",
  "bücher.test",
  "a.b.c.test",
);
/** An address as they are written, most of them unusual. */
export const address = fc
  .tuple(fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}$/), domainPart)
  .map((parts) => parts.join("@"));
/** Text of any kind. */
export const words = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[ -~]{0,80}$/) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 80 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "\0",
      "\r\nBcc: x@y.test",
      "\ud800",
      "<script>",
      "{{#each a}}",
      "=?utf-8?q?a?=",
      "\u202e",
    ),
  },
);

/** Now and then something else. */
export const mostly = <Value>(usual: Arbitrary<Value>, seldom: Arbitrary<Value>): Arbitrary<Value> =>
  fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: seldom });

/**
 * Values that fit a request schema. A schema says that something is a text, `hints` what kind of text makes sense there, by the name
 * of the member.
 */
export function fitting(
  schema: RequestSchema,
  hints: Readonly<Record<string, Arbitrary<unknown>>>,
  name = "",
): Arbitrary<unknown> {
  const hint = hints[name];
  if (hint !== undefined) return hint;
  if (schema.anyOf !== undefined)
    return fc.oneof(...schema.anyOf.map((branch) => fitting(branch, hints, name)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object":
      return fittingObject(schema, hints, name);
    case "array":
      return fc.array(fitting(schema.items ?? {}, hints, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case "string":
      return name === "email" || name === "item" ? address : words;
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
    case "boolean":
      return fc.boolean();
    default:
      return fc.jsonValue();
  }
}

function fittingObject(
  { properties = {}, required = [], additionalProperties }: RequestSchema,
  hints: Readonly<Record<string, Arbitrary<unknown>>>,
  name: string,
): Arbitrary<unknown> {
  if (Object.keys(properties).length === 0) {
    const value =
      typeof additionalProperties === "object" ? fitting(additionalProperties, hints, name) : fc.jsonValue();
    return fc.dictionary(fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/), value, { maxKeys: 4 });
  }
  const members = Object.entries(properties).map(([member, schema]) => [
    member,
    fitting(schema, hints, member),
  ]);
  return fc.record(Object.fromEntries(members) as Record<string, Arbitrary<unknown>>, {
    requiredKeys: [...required],
  });
}

/** What a value may be replaced by: each of them has broken a parser somewhere. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  words,
  fc.constantFrom<unknown>(
    null,
    -0,
    -1,
    1e308,
    0.1,
    2 ** 53,
    "9".repeat(400),
    [],
    {},
    [[]],
    [null],
    true,
    " ",
    "a@b",
    "@",
    "x".repeat(2_000),
  ),
  fc.constant(Array.from({ length: 1_500 }, () => "a@b.test")),
);
const oddName = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "",
  "a.b",
  "x[0]",
  "\0",
  "unknown",
  "é",
);

/** A value with one to three of its parts, however deep, replaced, taken away, doubled or added. */
export function broken(values: Arbitrary<unknown>): Arbitrary<unknown> {
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.constantFrom("replace", "remove", "add", "double"), odd, oddName),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  return fc.tuple(values, changes).map(([value, wanted]) => {
    const root = { value: structuredClone(value) };
    for (const [at, kind, oddOne, extraName] of wanted) {
      // Not the same array or object in two places: one would come to hold itself.
      const oddValue = structuredClone(oddOne);
      const places = placesIn(root);
      const place = places[at % places.length];
      if (place === undefined) continue;
      const [holder, key] = place;
      const held = holder[key];
      if (kind === "replace") holder[key] = oddValue;
      else if (kind === "remove") delete holder[key];
      else if (kind === "double") holder[key] = [held, structuredClone(held)];
      else if (typeof held === "object" && held !== null) define(held, extraName, oddValue);
      else holder[key] = { [extraName]: held };
    }
    return root.value;
  });
}

/** As a member of its own even for `__proto__`, as JSON.parse makes it. */
function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

type Holder = Record<string, unknown>;

function placesIn(holder: Holder): (readonly [Holder, string])[] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key] as const,
    ...(typeof value === "object" && value !== null ? placesIn(value as Holder) : []),
  ]);
}

/** Requests of every kind: bodies that fit, bodies that nearly do, any JSON, and what is no JSON. */
export function requests(values: Arbitrary<unknown>): Arbitrary<RandomRequest> {
  const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? "");
  const json = "application/json";
  const asJson = (payload: Buffer): RandomRequest => ({ payload, contentType: json });
  return fc.oneof(
    { weight: 40, arbitrary: values.map((value) => asJson(text(value))) },
    { weight: 40, arbitrary: broken(values).map((value) => asJson(text(value))) },
    { weight: 5, arbitrary: fc.jsonValue().map((value) => asJson(text(value))) },
    {
      weight: 10,
      arbitrary: fc
        .tuple(values.map(text), fc.nat(), fc.uint8Array({ maxLength: 4 }))
        .map(([bytes, at, noise]) => {
          const cut = at % (bytes.length + 1);
          return asJson(Buffer.concat([bytes.subarray(0, cut), noise, bytes.subarray(cut + noise.length)]));
        }),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(values.map(text), fc.nat())
        .map(([bytes, at]) => asJson(bytes.subarray(0, at % bytes.length))),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          values.map(text),
          fc.constantFrom("text/plain", "application/x-www-form-urlencoded", `${json}; charset=utf-16`, "a"),
        )
        .map(([payload, contentType]) => ({ payload, contentType })),
    },
  );
}

/** Sense for the members of a message that a schema knows only as text. */
export function messageHints(from: Arbitrary<unknown>): Readonly<Record<string, Arbitrary<unknown>>> {
  const mailbox = fc.oneof(
    address,
    fc
      .tuple(words, address)
      .map(([name, mail]) => `${JSON.stringify(name.replaceAll(/[^ -~]/g, ""))} <${mail}>`),
    fc.record({ email: address, name: words }, { requiredKeys: ["email"] }),
  );
  const mailboxes = fc.oneof(mailbox, fc.array(mailbox, { minLength: 1, maxLength: 5 }));
  return {
    from,
    to: mailboxes,
    cc: mailboxes,
    bcc: mailboxes,
    reply_to: mailboxes,
    subject: fc.stringMatching(/^[ -~é]{1,60}$/),
    text: fc.oneof(fc.lorem(), words),
    html: fc.oneof(
      fc.lorem().map((text) => `<p>${text}<br><a href="https://a.test/?b=1&amp;c">x</a>`),
      words,
    ),
    headers: fc.dictionary(fc.stringMatching(/^X-[A-Za-z0-9]{1,10}$/), fc.stringMatching(/^[ -~]{0,40}$/), {
      maxKeys: 3,
    }),
    pool: fc.constantFrom("default", undefined),
    template: fc.constant(undefined),
    variables: fc.constant(undefined),
    unsubscribe: mostly<unknown>(fc.constant(true), fc.constant({ group: 1 })),
    filename: mostly(fc.stringMatching(/^[\w ü]{1,20}\.txt$/), words),
    content: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64")),
    type: mostly(fc.constantFrom("text/plain", "image/png", "application/pdf"), words),
    content_id: fc.stringMatching(/^[a-z0-9]{1,10}@[a-z]{1,5}$/),
    tags: fc.array(fc.stringMatching(/^[ -~]{1,20}$/), { maxLength: 4 }),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), words, { maxKeys: 4 }),
    send_at: mostly(
      fc.constantFrom("2020-01-01T00:00:00Z", new Date(Date.now() + 3_600_000).toISOString()),
      words,
    ),
  };
}
