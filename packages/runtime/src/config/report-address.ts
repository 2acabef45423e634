import { parseDomain } from "./host-name.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** Reads a plain address (`local@domain`, ASCII before the @), or `off`. */
export function parseReportAddress(text: string): Parsed<string> {
  if (text === "off") return ok(text);
  const at = text.lastIndexOf("@");
  // RFC 5321 §4.5.3.1.1
  if (
    !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(text.slice(0, at)) ||
    at > 64
  )
    return bad(`"${text}" is neither \`off\` nor an address such as tls-reports@example.com`);
  const domain = parseDomain(text.slice(at + 1));
  return domain.kind === "bad" ? domain : ok(`${text.slice(0, at)}@${domain.value}`);
}
