import type { ListenAddress } from "./listen.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** Long enough for any name; a header field that holds a link must stay within a line (RFC 5322 §2.1.1). */
const MAX_CHARS = 280;

/** Reads an origin: `https://mail.example.com`, with a port where it has one, without a path. The slash at the end is dropped. */
export function parsePublicUrl(text: string): Parsed<string> {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    return bad("is not a URL such as https://mail.example.com");
  const { origin, pathname, search, hash, username, password } = new URL(text);
  if (username !== "" || password !== "") return bad("must not contain a user name");
  if (pathname !== "/" || search !== "" || hash !== "") return bad(`must end after the host: ${origin}`);
  return origin.length > MAX_CHARS ? bad(`is over ${MAX_CHARS} characters long`) : ok(origin);
}

/** Where the HTTP door is reached from this machine; a door on every interface by the machine's own name. */
export function publicUrlOf(http: ListenAddress | "off", hostname: string): string {
  if (http === "off") return `http://${hostname}`;
  const { host, port } = http;
  const isEvery = host === "0.0.0.0" || host === "::";
  const name = isEvery ? hostname : host.includes(":") ? `[${host}]` : host;
  return new URL(`http://${name}:${port}`).origin;
}
