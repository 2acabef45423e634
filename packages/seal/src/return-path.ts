import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/**
 * Return paths `b+<token>@<host>`: the token names one recipient of one message and carries a MAC, so that any bounce finds its
 * recipient row and nobody can forge one for a message of someone else.
 *
 * Token: base32 (RFC 4648 §6, lower case, because local parts get case-folded on the way) of
 * message id (16 octets) | ordinal (3 octets, big endian) | first 8 octets of HMAC-SHA-256. 44 characters, with `b+` 46 of the 64
 * that a local part may have (RFC 5321 §4.5.3.1.1).
 */
export interface ReturnPaths {
  /** The reverse-path address of a recipient. `messageId` is a UUID, `ordinal` below 2^24. */
  readonly addressFor: (
    recipient: { readonly messageId: string; readonly ordinal: number },
    host: string,
  ) => string;
  /** The recipient that a local part names, or null when it is no return path of ours or its MAC is wrong. */
  readonly recipientOf: (
    localPart: string,
  ) => { readonly messageId: string; readonly ordinal: number } | null;
}

const MAC_BYTES = 8;
const BODY_BYTES = 19;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** @param key at least 32 secret octets, the same in every process. */
export function createReturnPaths(key: Buffer): ReturnPaths {
  // Made once: from a Buffer every MAC would cost five times as much.
  const secret = createSecretKey(key);
  const macOf = (body: Buffer): Buffer =>
    createHmac("sha256", secret).update("return-path").update(body).digest().subarray(0, MAC_BYTES);
  return {
    addressFor: ({ messageId, ordinal }, host) => {
      const body = Buffer.alloc(BODY_BYTES);
      body.write(messageId.replaceAll("-", ""), "hex");
      body.writeUIntBE(ordinal, 16, 3);
      return `b+${encodeBase32(Buffer.concat([body, macOf(body)]))}@${host}`;
    },
    recipientOf: (localPart) => {
      const match = /^b\+([a-z2-7]{44})$/.exec(localPart.toLowerCase());
      const token = match?.[1] === undefined ? null : decodeBase32(match[1]);
      if (token === null || token.length !== BODY_BYTES + MAC_BYTES) return null;
      const body = token.subarray(0, BODY_BYTES);
      if (!timingSafeEqual(macOf(body), token.subarray(BODY_BYTES))) return null;
      const hex = body.toString("hex", 0, 16);
      const messageId = [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
      ].join("-");
      return { messageId, ordinal: body.readUIntBE(16, 3) };
    },
  };
}

function encodeBase32(bytes: Buffer): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    value = (value << 5) | ALPHABET.indexOf(character);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 255);
    }
    value &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}
