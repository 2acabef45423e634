import { createHash } from "node:crypto";
import { headerFieldRanges } from "@waxwing/message";
import type { InboundPost, StoredInboundFacts } from "@waxwing/store";
import type { PostBody } from "./post-body.ts";
import { readPostedMessage } from "./posted-message.ts";

type Field =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly filename: string; readonly type: string; readonly content: Buffer };

/**
 * The body of SendGrid's Inbound Parse webhook (twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook):
 * multipart/form-data (RFC 7578). All text is UTF-8, and `charsets` says so. There is no spam filter, so no `spam_score`.
 */
export function sendGridParseBody(post: InboundPost, facts: StoredInboundFacts, raw: Buffer): PostBody {
  const message = readPostedMessage(raw);
  const { parsed, headers, text, html, attachments } = message;
  const fieldOf = (name: string): string =>
    headers.find(([other]) => other.toLowerCase() === name)?.[1] ?? "";
  const { spf, dkim } = facts.authentication;
  const signatures = dkim.flatMap(({ domain, result }) => (domain === "" ? [] : [`@${domain} : ${result}`]));
  const named = attachments.map((attachment, index) => ({ ...attachment, field: `attachment${index + 1}` }));
  const texts = { to: fieldOf("to"), cc: fieldOf("cc"), from: fieldOf("from"), subject: parsed.subject };
  const bodies = { ...(text !== null && { text }), ...(html !== null && { html }) };
  const charsets = Object.keys(post.raw ? texts : { ...texts, ...bodies }).map((name) => [name, "UTF-8"]);
  const fields: Field[] = [
    ...(post.raw ? [] : [{ name: "headers", value: headerText(raw) }]),
    { name: "dkim", value: `{${signatures.join(", ")}}` },
    ...Object.entries(texts).map(([name, value]) => ({ name, value })),
    { name: "sender_ip", value: facts.remoteAddress },
    { name: "envelope", value: JSON.stringify({ to: post.recipients, from: facts.from }) },
    { name: "charsets", value: JSON.stringify(Object.fromEntries(charsets)) },
    { name: "SPF", value: spf.result },
  ];
  if (post.raw) {
    fields.push({ name: "email", value: raw.toString() });
  } else {
    const info = named.map(({ field, filename, type, contentId }) => [
      field,
      { filename, name: filename, type, ...(contentId !== null && { "content-id": contentId }) },
    ]);
    const ids = named.flatMap(({ field, contentId }) => (contentId === null ? [] : [[contentId, field]]));
    fields.push(...Object.entries(bodies).map(([name, value]) => ({ name, value })));
    fields.push({ name: "attachments", value: String(named.length) });
    if (named.length > 0) {
      fields.push({ name: "attachment-info", value: JSON.stringify(Object.fromEntries(info)) });
      if (ids.length > 0)
        fields.push({ name: "content-ids", value: JSON.stringify(Object.fromEntries(ids)) });
      fields.push(
        ...named.map(({ field, filename, type, content }) => ({ name: field, filename, type, content })),
      );
    }
  }
  return writeFormData(fields, `waxwing-${createHash("sha256").update(post.id).update(raw).digest("hex")}`);
}

/** As it was written, with the names and folds it came with. */
function headerText(raw: Buffer): string {
  let end = 0;
  for (const range of headerFieldRanges(raw)) end = range.end;
  return raw.toString("utf8", 0, end);
}

/** The boundary is a hash over the message, so that no message can hold the boundary that it will be given. */
function writeFormData(fields: readonly Field[], boundary: string): PostBody {
  const chunks: (string | Buffer)[] = [];
  for (const field of fields) {
    chunks.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field.name)}"`);
    if ("content" in field) {
      chunks.push(`; filename="${quoted(field.filename)}"\r\nContent-Type: ${typeOf(field.type)}\r\n\r\n`);
      chunks.push(field.content, "\r\n");
    } else {
      chunks.push(`\r\n\r\n`, field.value, "\r\n");
    }
  }
  chunks.push(`--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat(chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk))),
  };
}

/** RFC 7578 §2, as WHATWG says it: what would end the parameter or the line is percent-encoded. */
const quoted = (text: string): string =>
  text.replace(
    /["\r\n]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );

const typeOf = (type: string): string =>
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : "application/octet-stream";
