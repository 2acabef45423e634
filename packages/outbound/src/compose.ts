import { composeBody, composeHeader, splitHeader } from "@waxwing/message";
import type { ClaimedRecipient } from "@waxwing/store";
import type { PartsContent } from "./content.ts";
import { textFromHtml } from "./text-from-html.ts";

/** A message before it is sealed: header lines ending in CRLF without the empty line, and the body. */
export interface UnsignedMessage {
  readonly header: Buffer;
  readonly body: Buffer;
  readonly is8bit: boolean;
}

/**
 * Builds the bytes of a message from what was stored. Deterministic: a retry sends the same message as the attempt before, apart
 * from its signature's time.
 *
 * @param content the decompressed content: the parts document, or the submitted message itself.
 * @throws MessageError when the stored parts cannot be written; the API has refused such messages before.
 */
export function compose(claimed: ClaimedRecipient, content: Buffer): UnsignedMessage {
  switch (claimed.contentKind) {
    case "mime": {
      const { header, body } = splitHeader(content);
      return { header, body, is8bit: content.some((byte) => byte > 127) };
    }
    case "parts": {
      const parts = JSON.parse(content.toString()) as PartsContent;
      const body = composeBody({
        text:
          parts.text ?? (parts.makeText && parts.html !== undefined ? textFromHtml(parts.html) : undefined),
        html: parts.html,
        attachments: parts.attachments.map((attachment) => ({
          filename: attachment.filename,
          contentType: attachment.type,
          disposition: attachment.disposition,
          contentId: attachment.contentId,
          content: Buffer.from(attachment.content, "base64"),
        })),
        boundarySeed: claimed.messageId,
      });
      const { from, to, cc, replyTo, custom } = claimed.headers;
      const { header } = composeHeader(
        {
          from,
          to,
          cc,
          replyTo,
          subject: claimed.subject,
          messageId: messageIdOf(claimed.messageId, from.address),
          date: new Date(claimed.startedAtMs),
          headers: custom,
        },
        body,
      );
      return { header: Buffer.from(header), body: body.body, is8bit: body.is8bit };
    }
  }
}

/** The Message-ID (without angle brackets) of a message that brings none of its own. */
export function messageIdOf(messageId: string, fromAddress: string): string {
  return `${messageId}@${fromAddress.slice(fromAddress.lastIndexOf("@") + 1)}`;
}
