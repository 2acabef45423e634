import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/**
 * Links that recipients are given: each names one recipient of one message and what following it does, and carries a MAC, so that
 * nobody can make one, turn one kind into another, or send people of ours to an address of theirs (open redirect).
 *
 * Path: `/<kind>/<token>`, for a click `/c/<token>/<URL in base64url>`. Token: base64url (RFC 4648 §5) of
 * message id (16 octets) | ordinal (3, big endian) | group (4, only of `u`) | first 10 octets of HMAC-SHA-256 over kind, these and
 * the URL.
 */
export type RecipientLink =
  /** Loading it says that the message is shown. */
  | { readonly kind: "open"; readonly messageId: string; readonly ordinal: number }
  /** Leads to `url`. */
  | { readonly kind: "click"; readonly messageId: string; readonly ordinal: number; readonly url: string }
  /** Ends mail of an unsubscribe group, or with group 0 all mail. */
  | {
      readonly kind: "unsubscribe";
      readonly messageId: string;
      readonly ordinal: number;
      readonly group: number;
    }
  /** Shows the groups that the recipient may choose from. */
  | { readonly kind: "preferences"; readonly messageId: string; readonly ordinal: number };

export interface RecipientLinks {
  /** The path of a link, from the slash on. Ordinals are below 2^24, groups below 2^31. */
  readonly pathOf: (link: RecipientLink) => string;
  /** The link that a path is, without what follows a `?`; null when it is none of ours or was changed. */
  readonly linkOf: (path: string) => RecipientLink | null;
}

/** The first segment of each kind's path. */
const RECIPIENT_LINK_SEGMENTS = {
  open: "o",
  click: "c",
  unsubscribe: "u",
  preferences: "p",
} as const satisfies Record<RecipientLink["kind"], string>;

const RECIPIENT_BYTES = 19;
const GROUP_BYTES = 4;
/** 80 bits: a guess has to be tried over HTTP. */
const MAC_BYTES = 10;
/** Longer URLs are not rewritten: with the token the path must fit into a request line of 16 KiB. */
export const MAX_LINKED_URL_BYTES = 8_000;
const MAX_PATH_CHARS = 12_000;

/** @param key at least 32 secret octets, the same in every process. */
export function createRecipientLinks(key: Buffer): RecipientLinks {
  // Made once: from a Buffer every MAC would cost five times as much.
  const secret = createSecretKey(key);
  const macOf = (kind: RecipientLink["kind"], body: Buffer, url: string): Buffer =>
    createHmac("sha256", secret).update(`${kind}\0`).update(body).update(url).digest().subarray(0, MAC_BYTES);

  return {
    pathOf: (link) => {
      const body = Buffer.alloc(RECIPIENT_BYTES + (link.kind === "unsubscribe" ? GROUP_BYTES : 0));
      body.write(link.messageId.replaceAll("-", ""), "hex");
      body.writeUIntBE(link.ordinal, 16, 3);
      if (link.kind === "unsubscribe") body.writeUInt32BE(link.group, RECIPIENT_BYTES);
      const url = link.kind === "click" ? link.url : "";
      const token = Buffer.concat([body, macOf(link.kind, body, url)]).toString("base64url");
      const path = `/${RECIPIENT_LINK_SEGMENTS[link.kind]}/${token}`;
      return link.kind === "click" ? `${path}/${Buffer.from(url).toString("base64url")}` : path;
    },
    linkOf: (path) => {
      if (path.length > MAX_PATH_CHARS) return null;
      const match = /^\/([ocup])\/([\w-]{39,44})(?:\/([\w-]+))?$/.exec(path);
      const [, segment, text, encodedUrl] = match ?? [];
      const kind = kinds.find((name) => RECIPIENT_LINK_SEGMENTS[name] === segment);
      if (kind === undefined || text === undefined) return null;
      if ((kind === "click") !== (encodedUrl !== undefined)) return null;
      const token = Buffer.from(text, "base64url");
      const bodyBytes = RECIPIENT_BYTES + (kind === "unsubscribe" ? GROUP_BYTES : 0);
      if (token.length !== bodyBytes + MAC_BYTES) return null;
      const body = token.subarray(0, bodyBytes);
      const url = Buffer.from(encodedUrl ?? "", "base64url").toString();
      if (!timingSafeEqual(macOf(kind, body, url), token.subarray(bodyBytes))) return null;
      const recipient = { messageId: uuidOf(body), ordinal: body.readUIntBE(16, 3) };
      switch (kind) {
        case "click":
          return { kind, ...recipient, url };
        case "unsubscribe":
          return { kind, ...recipient, group: body.readUInt32BE(RECIPIENT_BYTES) };
        case "open":
        case "preferences":
          return { kind, ...recipient };
      }
    },
  };
}

const kinds = [
  "open",
  "click",
  "unsubscribe",
  "preferences",
] as const satisfies readonly RecipientLink["kind"][];

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
