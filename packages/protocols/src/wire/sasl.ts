/** Decodes a SASL response line; `=` is the empty response (RFC 4959 §3). Null if it is not base64. */
export function decodeSaslBase64(text: string): Buffer | null {
  if (text === "=") return Buffer.alloc(0);
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, "base64")
    : null;
}

/**
 * Splits a PLAIN message (RFC 4616 §2). Null if it is malformed, or asks to act as somebody else: a mailbox has one
 * user here.
 */
export function decodePlain(
  message: Buffer,
): { readonly username: string; readonly password: string } | null {
  const parts = message.toString("utf8").split("\0");
  const [authorize, username, password] = parts;
  if (parts.length !== 3 || !username || password === undefined) return null;
  return authorize === "" || authorize === username ? { username, password } : null;
}
