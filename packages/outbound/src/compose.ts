import { isAscii } from "node:buffer";
import {
  composeBody,
  composeHeader,
  formatAddressField,
  formatHeaderField,
  headerFieldRanges,
  rewriteTextParts,
  splitHeader,
} from "@waxwing/message";
import type { ClaimedRecipient, StoredMailbox, StoredOptions } from "@waxwing/store";
import type { PartsContent } from "./content.ts";
import { fillInContent } from "./fill-in-content.ts";
import { personalMime } from "./submit/personal-mime.ts";
import { textFromHtml } from "./text-from-html.ts";
import { type PersonalText, planHtml, planText, type WriteLink } from "./tracking/personal-text.ts";

/** A message before it is sealed: header lines ending in CRLF without the empty line, and the body. */
export interface UnsignedMessage {
  readonly header: Buffer;
  readonly body: Buffer;
  readonly is8bit: boolean;
}

/**
 * Builds the bytes for one recipient. `write` gives the recipient's links; a message that is not personal asks for none and is the
 * same for all.
 *
 * @throws MessageError when the stored parts cannot be written; the API has refused such messages before.
 */
export type Compose = (write: WriteLink) => UnsignedMessage;

type Composed = Pick<
  ClaimedRecipient,
  "messageId" | "contentKind" | "headers" | "subject" | "startedAtMs" | "options"
>;

/**
 * Reads a stored message and prepares what all its recipients share. Deterministic: a retry sends the same message as the attempt
 * before, apart from its signature's time.
 *
 * @param content the decompressed content: the parts document or what it says, or the submitted message itself.
 */
export function prepareCompose(message: Composed, content: Buffer | PartsContent): Compose {
  switch (message.contentKind) {
    case "mime":
      if (!Buffer.isBuffer(content)) throw new Error("a submitted message is its bytes");
      return mimeComposer(
        personalMime(content, {
          to: message.headers.to,
          substitutions: message.options.substitutions,
        }),
        message.options,
        message.headers.from,
      );
    case "parts":
      return partsComposer(
        message,
        fillInContent(
          Buffer.isBuffer(content) ? JSON.parse(content.toString()) : content,
          message.options.substitutions,
        ),
      );
  }
}

function partsComposer(message: Composed, parts: PartsContent): Compose {
  const { messageId, headers, subject, startedAtMs, options } = message;
  const { from, to, cc, replyTo, custom } = headers;
  const { text, html } = planTexts(parts, options);
  const attachments = parts.attachments.map((attachment) => ({
    filename: attachment.filename,
    contentType: attachment.type,
    disposition: attachment.disposition,
    contentId: attachment.contentId,
    content: Buffer.from(attachment.content, "base64"),
  }));
  const ownNames = new Set(custom.map(([name]) => name.toLowerCase()));
  return (write) => {
    const body = composeBody({
      text: text?.(write),
      html: html?.(write),
      alternatives: parts.alternatives,
      attachments,
      boundarySeed: messageId,
    });
    const { header } = composeHeader(
      {
        from,
        to,
        cc,
        replyTo: options.track?.replies === true ? [replyAddress(from, write)] : replyTo,
        subject,
        messageId: messageIdOf(messageId, from.address),
        date: new Date(startedAtMs),
        headers: [...custom, ...unsubscribeFields(options, ownNames, write)],
      },
      body,
    );
    return { header: Buffer.from(header), body: body.body, is8bit: body.is8bit };
  };
}

/** Most messages ask for nothing: their texts are not even looked at. */
function planTexts(
  parts: PartsContent,
  options: StoredOptions,
): { readonly text: PersonalText | undefined; readonly html: PersonalText | undefined } {
  const { html } = parts;
  const text = parts.text ?? (parts.makeText && html !== undefined ? textFromHtml(html) : undefined);
  if (options.track === undefined && options.unsubscribe === undefined) {
    return {
      text: text === undefined ? undefined : () => text,
      html: html === undefined ? undefined : () => html,
    };
  }
  return {
    text: text === undefined ? undefined : planText(text, options),
    html: html === undefined ? undefined : planHtml(html, options),
  };
}

/** Answers come to us, under the name that the reader knows. */
function replyAddress(from: StoredMailbox, write: WriteLink): StoredMailbox {
  return { ...(from.name !== undefined && { name: from.name }), address: write({ kind: "reply-address" }) };
}

function mimeComposer(content: Buffer, options: StoredOptions, from: StoredMailbox): Compose {
  if (options.track === undefined && options.unsubscribe === undefined) {
    const { header, body } = splitHeader(content);
    const message = { header, body, is8bit: !isAscii(content) };
    return () => message;
  }
  const ownNames = fieldNames(content);
  return (write) => {
    const { track, unsubscribe } = options;
    // The pixel and the footer once, in the first part of each kind; the others get their links.
    let firstHtml = true;
    let firstText = true;
    const rewritten = rewriteTextParts(content, ({ type, text }) => {
      if (type === "text/html") {
        const whole = firstHtml;
        firstHtml = false;
        return planHtml(text, whole ? options : withoutAdditions(track, unsubscribe))(write);
      }
      const whole = firstText;
      firstText = false;
      return planText(text, whole ? options : withoutAdditions(track, unsubscribe))(write);
    });
    const { header, body } = splitHeader(rewritten);
    const added = unsubscribeFields(options, ownNames, write).map(
      ([name, value]) => formatHeaderField(name, value).line,
    );
    if (track?.replies === true) added.push(formatAddressField("Reply-To", [replyAddress(from, write)]).line);
    return {
      header: Buffer.concat([Buffer.from(added.join("")), header]),
      body,
      is8bit: !isAscii(rewritten),
    };
  };
}

function withoutAdditions(
  track: StoredOptions["track"],
  unsubscribe: StoredOptions["unsubscribe"],
): Pick<StoredOptions, "track" | "unsubscribe"> {
  const { opens: _opens, ...links } = track ?? {};
  const { html: _html, text: _text, ...placeholders } = unsubscribe ?? {};
  return { track: links, ...(unsubscribe !== undefined && { unsubscribe: placeholders }) };
}

/** RFC 8058 §3.1, and an address for programs that know RFC 2369 alone. Where the application wrote a List-Unsubscribe of its own, that one counts. */
function unsubscribeFields(
  options: StoredOptions,
  ownNames: ReadonlySet<string>,
  write: WriteLink,
): readonly (readonly [name: string, value: string])[] {
  if (options.unsubscribe === undefined) return [];
  if (ownNames.has("list-unsubscribe") || ownNames.has("list-unsubscribe-post")) return [];
  return [
    [
      "List-Unsubscribe",
      `<${write({ kind: "group" })}>, <mailto:${write({ kind: "unsubscribe-address" })}?subject=unsubscribe>`,
    ],
    ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"],
  ];
}

function fieldNames(raw: Buffer): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { start, colon } of headerFieldRanges(raw)) {
    names.add(
      raw
        .toString("latin1", start, Math.min(colon, start + 80))
        .trimEnd()
        .toLowerCase(),
    );
  }
  return names;
}

/** The Message-ID (without angle brackets) of a message that brings none of its own. */
export function messageIdOf(messageId: string, fromAddress: string): string {
  return `${messageId}@${fromAddress.slice(fromAddress.lastIndexOf("@") + 1)}`;
}
