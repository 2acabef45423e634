import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/** One recipient of one message. `messageId` is a UUID, `ordinal` below 2^24. */
interface TokenRecipient {
  readonly messageId: string;
  readonly ordinal: number;
}

/**
 * Return paths `b+<token>@<host>`: the token names one recipient of one message and carries a MAC, so that any bounce finds its
 * recipient row and nobody can forge one for a message of someone else. Reply addresses `r+<token>@<host>` are made alike, but the MAC
 * of one is none of the other: everybody who was ever shown a message knows its reply address, and must not make a bounce of it. So are
 * the addresses `u+<token>@<host>` that a List-Unsubscribe names.
 *
 * Token: base32 (RFC 4648 §6, lower case, because local parts get case-folded on the way) of
 * message id (16 octets) | ordinal (3 octets, big endian) | first 8 octets of HMAC-SHA-256. 44 characters, with `b+` 46 of the 64
 * that a local part may have (RFC 5321 §4.5.3.1.1).
 */
export interface ReturnPaths {
  /** The reverse-path address of a recipient. */
  readonly addressFor: (recipient: TokenRecipient, host: string) => string;
  /** The recipient that a local part names, or null when it is no return path of ours or its MAC is wrong. */
  readonly recipientOf: (localPart: string) => TokenRecipient | null;
  /** The address that answers to this recipient's message come to. */
  readonly replyAddressFor: (recipient: TokenRecipient, host: string) => string;
  /** Whose answer comes to this local part, or null when it is no reply address of ours or its MAC is wrong. */
  readonly replyingRecipientOf: (localPart: string) => TokenRecipient | null;
  /** The address by which this recipient asks for no more mail. */
  readonly unsubscribeAddressFor: (recipient: TokenRecipient, host: string) => string;
  /** Who asks at this local part, or null when it is no such address of ours or its MAC is wrong. */
  readonly unsubscribingRecipientOf: (localPart: string) => TokenRecipient | null;
}

const MAC_BYTES = 8;
const BODY_BYTES = 19;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** @param key at least 32 secret octets, the same in every process. */
export function createReturnPaths(key: Buffer): ReturnPaths {
  // Made once: from a Buffer every MAC would cost five times as much.
  const secret = createSecretKey(key);
  const tokensOf = (prefix: string, purpose: string) => {
    const macOf = (body: Buffer): Buffer =>
      createHmac("sha256", secret).update(purpose).update(body).digest().subarray(0, MAC_BYTES);
    return {
      write: ({ messageId, ordinal }: TokenRecipient, host: string): string => {
        const body = Buffer.alloc(BODY_BYTES);
        body.write(messageId.replaceAll("-", ""), "hex");
        body.writeUIntBE(ordinal, 16, 3);
        return `${prefix}+${encodeBase32(Buffer.concat([body, macOf(body)]))}@${host}`;
      },
      read: (localPart: string): TokenRecipient | null => {
        const [, written, text = ""] = /^(\w)\+([a-z2-7]{44})$/.exec(localPart.toLowerCase()) ?? [];
        if (written !== prefix) return null;
        const token = decodeBase32(text);
        if (token.length !== BODY_BYTES + MAC_BYTES) return null;
        const body = token.subarray(0, BODY_BYTES);
        if (!timingSafeEqual(macOf(body), token.subarray(BODY_BYTES))) return null;
        return { messageId: readUuid(body), ordinal: body.readUIntBE(16, 3) };
      },
    };
  };
  const returns = tokensOf("b", "return-path");
  const replies = tokensOf("r", "reply-address");
  const unsubscriptions = tokensOf("u", "unsubscribe-address");
  return {
    addressFor: returns.write,
    recipientOf: returns.read,
    replyAddressFor: replies.write,
    replyingRecipientOf: replies.read,
    unsubscribeAddressFor: unsubscriptions.write,
    unsubscribingRecipientOf: unsubscriptions.read,
  };
}

function readUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
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
