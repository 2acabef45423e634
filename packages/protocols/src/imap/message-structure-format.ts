import type { BodyStructure, Disposition, Envelope, EnvelopeAddress } from "../message-structure.ts";
import { encodeList, encodeNstring, encodeString, joinWords } from "./encoder.ts";

/** `envelope` (RFC 9051 §9). */
export function formatEnvelope(envelope: Envelope): Buffer {
  return encodeList([
    encodeNstring(envelope.date),
    encodeNstring(envelope.subject),
    formatAddresses(envelope.from),
    // RFC 9051 §7.5.2: Sender and Reply-To default to From.
    formatAddresses(envelope.sender?.length ? envelope.sender : envelope.from),
    formatAddresses(envelope.replyTo?.length ? envelope.replyTo : envelope.from),
    formatAddresses(envelope.to),
    formatAddresses(envelope.cc),
    formatAddresses(envelope.bcc),
    encodeNstring(envelope.inReplyTo),
    encodeNstring(envelope.messageId),
  ]);
}

function formatAddresses(addresses: readonly EnvelopeAddress[] | null): string | Buffer {
  if (addresses === null || addresses.length === 0) return "NIL";
  const each = addresses.map(({ name, adl, mailbox, host }) =>
    encodeList([name, adl, mailbox, host].map(encodeNstring)),
  );
  return joinWords(["(", ...each, ")"]);
}

/** `body`: with extension data for BODYSTRUCTURE, without for BODY (RFC 9051 §7.5.2). */
export function formatBodyStructure(body: BodyStructure, extended: boolean): Buffer {
  if (body.kind === "multipart") {
    // body-type-mpart needs at least one part; a multipart without any is shown with an empty text part.
    const parts = body.parts.length > 0 ? body.parts : [EMPTY_PART];
    const extension = extended
      ? [
          " ",
          formatParams(body.params),
          " ",
          formatDisposition(body.disposition),
          " ",
          formatLanguage(body.language),
        ]
      : [];
    const location = extended ? [" ", encodeNstring(body.location)] : [];
    return joinWords([
      "(",
      ...parts.map((part) => formatBodyStructure(part, extended)),
      " ",
      encodeString(body.subtype),
      ...extension,
      ...location,
      ")",
    ]);
  }
  const fields: (string | Buffer)[] = [
    encodeString(body.type),
    encodeString(body.subtype),
    formatParams(body.params),
    encodeNstring(body.id),
    encodeNstring(body.description),
    encodeString(body.encoding === "" ? "7BIT" : body.encoding),
    String(body.sizeBytes),
  ];
  const isMessage = body.envelope !== undefined && body.body !== undefined;
  if (body.envelope !== undefined && body.body !== undefined) {
    fields.push(formatEnvelope(body.envelope), formatBodyStructure(body.body, extended));
  }
  if (isMessage || body.type.toLowerCase() === "text") fields.push(String(body.lines ?? 0));
  if (extended) {
    fields.push(encodeNstring(body.md5), formatDisposition(body.disposition));
    fields.push(formatLanguage(body.language), encodeNstring(body.location));
  }
  return encodeList(fields);
}

const EMPTY_PART: BodyStructure = {
  kind: "part",
  type: "text",
  subtype: "plain",
  params: [],
  id: null,
  description: null,
  encoding: "7bit",
  sizeBytes: 0,
  lines: 0,
  md5: null,
  disposition: null,
  language: null,
  location: null,
};

function formatParams(params: readonly (readonly [string, string])[]): string | Buffer {
  return params.length === 0 ? "NIL" : encodeList(params.flat().map((value) => encodeString(value)));
}

function formatDisposition(disposition: Disposition | null): string | Buffer {
  if (disposition === null) return "NIL";
  return encodeList([encodeString(disposition.value), formatParams(disposition.params)]);
}

function formatLanguage(language: readonly string[] | null): string | Buffer {
  if (language === null || language.length === 0) return "NIL";
  const [only] = language;
  return language.length === 1 && only !== undefined
    ? encodeString(only)
    : encodeList(language.map((tag) => encodeString(tag)));
}
