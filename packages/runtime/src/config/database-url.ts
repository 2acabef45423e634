import { bad, ok, type Parsed } from "./parsed.ts";

/** Checks a PostgreSQL connection URL (libpq, "Connection URIs") and gives it back as it was written. */
export function parseDatabaseUrl(text: string): Parsed<string> {
  // libpq allows an empty host (with ?host=/socket/dir); WHATWG URLs do not, so one is put in for the check.
  const checkable = text.replace("@/", "@socket/").replace(/^(\w+):\/\/\//, "$1://socket/");
  if (!URL.canParse(checkable))
    return bad("is not a URL, such as postgresql://user:password@host:5432/database");
  const url = new URL(checkable);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") {
    return bad("must begin with postgresql:// or postgres://");
  }
  if (url.pathname.length < 2)
    return bad("names no database, as in postgresql://user:password@host:5432/database");
  return ok(text);
}
