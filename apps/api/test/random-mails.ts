import fc, { type Arbitrary } from "fast-check";
import { address, mostly, words } from "./random-bodies.ts";

/** Bodies of `POST /v3/mail/send`, which has no schema: most of them good, with everything there can be in one. */
export function mails(from: Arbitrary<string>): Arbitrary<unknown> {
  const person = fc.record({ email: mostly(address, words), name: words }, { requiredKeys: ["email"] });
  const people = fc.uniqueArray(person, {
    minLength: 1,
    maxLength: 3,
    selector: ({ email }) => email.toLowerCase(),
  });
  const texts = (names: RegExp, values: Arbitrary<string>) =>
    fc.dictionary(fc.stringMatching(names), values, { maxKeys: 3 });
  const sendAt = mostly<unknown>(
    fc.integer({ min: 0, max: 3_600 }).map((seconds) => Math.floor(Date.now() / 1_000) + seconds),
    fc.jsonValue(),
  );
  const personalization = fc.record(
    {
      to: people,
      subject: fc.stringMatching(/^[ -~]{1,40}$/),
      headers: texts(/^X-[A-Za-z]{1,10}$/, fc.stringMatching(/^[ -~]{0,40}$/)),
      substitutions: texts(/^-[a-z]{1,8}-$/, words),
      custom_args: texts(/^[a-z]{1,8}$/, words),
      send_at: sendAt,
    },
    { requiredKeys: ["to"] },
  );
  const switched = fc.record({ enable: fc.boolean() });
  const settings = (...names: readonly string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, switched])), { requiredKeys: [] });
  return fc.record(
    {
      personalizations: fc.array(personalization, { minLength: 1, maxLength: 3 }),
      from: fc.record({ email: from, name: words }, { requiredKeys: ["email"] }),
      reply_to: person,
      subject: fc.stringMatching(/^[ -~é]{1,60}$/),
      content: mostly<unknown>(
        fc.tuple(fc.lorem(), words).map(([text, html]) => [
          { type: "text/plain", value: text },
          { type: "text/html", value: `<p>${html}</p>` },
        ]),
        fc.jsonValue(),
      ),
      attachments: fc.array(
        fc.record(
          {
            content: fc
              .uint8Array({ minLength: 1, maxLength: 60 })
              .map((bytes) => Buffer.from(bytes).toString("base64")),
            filename: mostly(fc.stringMatching(/^\w{1,20}\.txt$/), words),
            type: fc.constantFrom("text/plain", "image/png"),
            disposition: fc.constantFrom("attachment", "inline"),
            content_id: fc.stringMatching(/^[a-z0-9]{1,10}$/),
          },
          { requiredKeys: ["content", "filename"] },
        ),
        { maxLength: 2 },
      ),
      sections: texts(/^-[a-z]{1,8}-$/, words),
      headers: texts(/^X-[A-Za-z]{1,10}$/, words),
      categories: fc.uniqueArray(fc.stringMatching(/^[ -~]{1,20}$/), { maxLength: 3 }),
      custom_args: texts(/^[a-z]{1,8}$/, words),
      send_at: sendAt,
      ip_pool_name: fc.constantFrom("default", "default", "default", "unheard-of"),
      mail_settings: settings("bypass_list_management", "footer"),
      tracking_settings: settings("click_tracking", "open_tracking", "subscription_tracking"),
    },
    { requiredKeys: ["personalizations", "from", "subject", "content"] },
  );
}
