/** What makes text in the octets something else to a reader: encodings of bodies, and encoded words. */
const ENCODED = /base64|quoted-printable|=\?/;
const CHARSETS = /charset\s*=\s*"?([^\s";]*)/g;
/** In these ASCII means what it says. */
const ASCII_BASED = /^(?:us-ascii|utf-8|iso-8859-\d{1,2}|windows-125\d)$/;

/**
 * True for a message that no search for `wanted` in its BODY or TEXT can find: it is read as its octets stand, and they do not have
 * it. False says nothing. It saves parsing and decoding nearly all of the messages that such a search goes through.
 *
 * @param raw the whole message
 * @param wanted folded by `foldText`
 */
export function cannotContain(raw: string, wanted: string, where: "body" | "text"): boolean {
  // ASCII, without ESC: that begins other character sets (ISO-2022-JP).
  if (Buffer.byteLength(raw) !== raw.length || raw.includes("\u001b")) return false;
  const folded = raw.toLowerCase();
  // A header is read unfolded: white space in it may stand for a line end. So may a header within the body.
  const isUnfolded = /\s/.test(wanted) && (where === "text" || folded.includes("message/"));
  const words = isUnfolded ? wanted.split(/\s+/) : [wanted];
  if (words.every((word) => folded.includes(word)) || ENCODED.test(folded)) return false;
  for (const [, charset = ""] of folded.matchAll(CHARSETS)) if (!ASCII_BASED.test(charset)) return false;
  return true;
}
