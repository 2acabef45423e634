import type { LogPosition } from "@waxwing/store";

// bigint in PostgreSQL, then any UUID: a position need not be an event's.
const POSITION = /^(\d{1,19})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const MAX_BIGINT = 2n ** 63n - 1n;

/** A position as an opaque text: base64url of transaction and id. */
export function formatCursor(position: LogPosition): string {
  return Buffer.from(`${position.xact}.${position.id}`).toString("base64url");
}

/** The position of a cursor, or null for a text that {@link formatCursor} did not make. */
export function parseCursor(text: string): LogPosition | null {
  if (text.length > 100) return null;
  const match = POSITION.exec(Buffer.from(text, "base64url").toString("latin1"));
  const [, xact, id] = match ?? [];
  if (xact === undefined || id === undefined || BigInt(xact) > MAX_BIGINT) return null;
  const position = { xact: BigInt(xact), id };
  // Leading zeros, padding and stray characters decode as well; only the one text that we write counts.
  return formatCursor(position) === text ? position : null;
}
