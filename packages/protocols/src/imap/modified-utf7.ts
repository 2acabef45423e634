/** Folder names on the wire of IMAP4rev1: modified UTF-7 (RFC 3501 §5.1.3). */

/** Encodes a Unicode name; the result is printable US-ASCII. */
export function encodeModifiedUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === "&") return "&-";
    const utf16 = Buffer.from(run, "utf16le").swap16();
    return `&${utf16.toString("base64").replace(/=+$/, "").replaceAll("/", ",")}-`;
  });
}

/** Decodes a name from the wire; null if it is not modified UTF-7. */
export function decodeModifiedUtf7(wire: string): string | null {
  if (/[^\x20-\x7e]/.test(wire)) return null;
  let valid = true;
  const name = wire.replace(/&([^-]*)(-?)/g, (_, shifted: string, end: string) => {
    if (end !== "-" || !/^[A-Za-z0-9+,]*$/.test(shifted)) valid = false;
    if (shifted === "") return "&";
    const utf16 = Buffer.from(shifted.replaceAll(",", "/"), "base64");
    if (utf16.length === 0 || utf16.length % 2 !== 0) {
      valid = false;
      return "";
    }
    const text = Buffer.from(utf16).swap16().toString("utf16le");
    // A lone surrogate or a control character cannot be a name.
    if (!text.isWellFormed() || /\p{Cc}/u.test(text)) valid = false;
    return text;
  });
  return valid ? name : null;
}
