import { headerFields, type MimeEntity, scanMime } from "./mime-scan.ts";

/**
 * A message from a literal8 as it can be stored and shown: parts in binary that hold NUL, which no BODY[] could show, become base64
 * (RFC 3516 §4.4: a server may change the transfer encoding; §4.3 asks for it in BODY[]). Everything else stays byte for byte.
 *
 * @returns null when there is a NUL anywhere else
 */
export function toStorable(raw: Buffer): Buffer | null {
  if (!raw.includes(0)) return raw;
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const part of binaryParts(scanMime(raw))) {
    const body = raw.subarray(part.bodyStart, part.bodyEnd);
    if (!body.includes(0)) continue;
    for (const field of headerFields(raw, part.headerStart, part.bodyStart)) {
      if (field.kind === "end" || field.name !== "content-transfer-encoding") continue;
      pieces.push(raw.subarray(copied, field.start), Buffer.from("Content-Transfer-Encoding: base64\r\n"));
      copied = field.end;
    }
    pieces.push(raw.subarray(copied, part.bodyStart), base64Lines(body));
    copied = part.bodyEnd;
  }
  pieces.push(raw.subarray(copied));
  const storable = Buffer.concat(pieces);
  return storable.includes(0) ? null : storable;
}

/** Leaves with `Content-Transfer-Encoding: binary`, in their order. */
function* binaryParts(entity: MimeEntity): Generator<MimeEntity> {
  for (const part of entity.parts) yield* binaryParts(part);
  if (entity.message !== null) yield* binaryParts(entity.message);
  const isLeaf = entity.type !== "multipart" && entity.message === null;
  if (isLeaf && entity.encoding === "binary") yield entity;
}

/** Lines of 76 characters (RFC 2045 §6.8). */
function base64Lines(body: Buffer): Buffer {
  return Buffer.from(body.toString("base64").replace(/.{76}(?=.)/g, "$&\r\n"), "latin1");
}
