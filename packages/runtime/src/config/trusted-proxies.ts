import { parseIpRange } from "../ip-range.ts";
import { bad, ok, type Parsed, parseList } from "./parsed.ts";

/** Reads `none`, or addresses and CIDR ranges such as `10.0.0.0/8,::1`. A range of all addresses is refused. */
export function parseTrustedProxies(text: string): Parsed<readonly string[]> {
  if (text === "none") return ok([]);
  return parseList(text, (item) => {
    const range = parseIpRange(item);
    if (range.kind === "bad") return range;
    // Whoever is trusted says where a request comes from. Trusting everybody lets everybody choose an address.
    if (range.value.prefix === 0)
      return bad(`"${item}" trusts everybody: anyone could then choose his address`);
    return ok(item);
  });
}
