import { isIPv6, type LookupFunction } from "node:net";
import { isInternalAddress } from "@waxwing/runtime";
import type { RouteResolver } from "../routing/dns-answer.ts";

/**
 * Looks hosts up for a connection that somebody else's DNS names, over the resolvers of the configuration.
 *
 * Attack: server-side request forgery. Internal addresses are none, unless they are allowed.
 */
export function createPublicLookup(
  resolver: RouteResolver,
  privateAddresses: "refuse" | "allow",
): LookupFunction {
  return (hostname, options, callback) => {
    void resolver.resolveAddresses(hostname).then((answer) => {
      const found = answer.kind === "found" ? answer.records : [];
      const usable = found
        .filter((address) => privateAddresses === "allow" || !isInternalAddress(address))
        .map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
        // Many machines have no IPv6, and nobody's policy host has only that.
        .sort((one, other) => one.family - other.family);
      const [first] = usable;
      if (first === undefined) callback(new Error(`${hostname} has no address that may be used`), "", 0);
      else if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
}
