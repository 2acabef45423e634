import { idTimeMs } from "@waxwing/runtime";
import type { InboundPost, StoredInboundFacts } from "@waxwing/store";
import { readPostedMessage } from "./posted-message.ts";
import { sendGridParseBody } from "./sendgrid-parse.ts";

/** What is posted to a webhook of an inbound route. */
export interface PostBody {
  readonly contentType: string;
  readonly body: string | Buffer;
}

/** Writes the body of a post in the format that its route asks for. `raw` is the mail as it was filed. Never throws. */
export function postBody(post: InboundPost, facts: StoredInboundFacts, raw: Buffer): PostBody {
  switch (post.format) {
    case "sendgrid":
      return sendGridParseBody(post, facts, raw);
    case "waxwing":
      return { contentType: "application/json", body: JSON.stringify(waxwingPost(post, facts, raw)) };
  }
}

function waxwingPost(post: InboundPost, facts: StoredInboundFacts, raw: Buffer): Record<string, unknown> {
  const { about, authentication } = facts;
  const { parsed, headers, to, cc, replyTo, text, html, attachments } = readPostedMessage(raw);
  return {
    id: post.id,
    type: "inbound",
    created_at: new Date(idTimeMs(post.mailId)).toISOString(),
    route_id: post.routeId,
    data: {
      mail_id: post.mailId,
      envelope: {
        from: facts.from,
        to: post.recipients,
        remote_address: facts.remoteAddress,
        helo: facts.helo,
        protocol: facts.protocol,
        tls: facts.tls,
      },
      authentication,
      class: facts.class,
      answers:
        about === null
          ? null
          : {
              message_id: about.messageId,
              recipient_id: about.ordinal === null ? null : `${about.messageId}.${about.ordinal}`,
            },
      message: {
        message_id: parsed.messageId,
        in_reply_to: parsed.inReplyTo,
        references: parsed.references,
        date: parsed.date?.toISOString() ?? null,
        subject: parsed.subject,
        from: parsed.from,
        to,
        cc,
        reply_to: replyTo,
        size_bytes: raw.length,
        ...(post.raw
          ? { raw: raw.toString("base64") }
          : {
              headers,
              text,
              html,
              attachments: attachments.map(({ filename, type, disposition, contentId, content }) => ({
                filename,
                type,
                disposition,
                content_id: contentId,
                size_bytes: content.length,
                content: content.toString("base64"),
              })),
            }),
      },
    },
  };
}
