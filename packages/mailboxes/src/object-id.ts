/** Octets of a content's hash in an EMAILID: beyond any chance that two messages share one. */
const EMAIL_ID_BYTES = 16;
const THREAD_ID_BYTES = 12;

// RFC 8474 §4.1: the types of ids must not be taken for each other.
const EMAIL = "M";
const THREAD = "T";

/** EMAILID of a message (RFC 8474 §5.1): that of its content, so copies have the same. */
export function emailId(contentHash: Buffer): string {
  return EMAIL + contentHash.subarray(0, EMAIL_ID_BYTES).toString("base64url");
}

/** THREADID of a message (RFC 8474 §5.2). */
export function threadIdText(threadId: Buffer): string {
  return THREAD + threadId.toString("base64url");
}

/** What the content's hash of an EMAILID begins with; null: none of ours. */
export function contentHashStart(id: string): Buffer | null {
  return read(id, EMAIL, EMAIL_ID_BYTES);
}

/** The thread of a THREADID; null: none of ours. */
export function threadIdBytes(id: string): Buffer | null {
  return read(id, THREAD, THREAD_ID_BYTES);
}

function read(id: string, type: string, sizeBytes: number): Buffer | null {
  if (!id.startsWith(type)) return null;
  const bytes = Buffer.from(id.slice(1), "base64url");
  return bytes.length === sizeBytes && bytes.toString("base64url") === id.slice(1) ? bytes : null;
}
