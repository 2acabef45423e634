import { networkInterfaces } from "node:os";
import { type Clock, isInternalAddress } from "@waxwing/runtime";

/** What routing knows of this machine. */
export interface OwnServers {
  /** True for a server that is ourselves: handing mail to it would hand it back to us. */
  readonly isOurs: (host: string, addresses: readonly string[]) => boolean;
  /** Whether we have an IPv6 address that the world can answer to. */
  readonly hasIpv6: () => boolean;
}

const LOOK_MS = 60_000;

/**
 * Reads the addresses of the network interfaces, anew every minute.
 *
 * @param options.hostname our name in greetings; null on a machine that takes no mail in: another server may have its addresses then
 */
export function createOwnServers(options: {
  readonly hostname: string | null;
  readonly clock: Clock;
}): OwnServers {
  const { hostname, clock } = options;
  let seen: { readonly addresses: ReadonlySet<string>; readonly untilMs: number } | null = null;
  const addresses = (): ReadonlySet<string> => {
    if (seen === null || seen.untilMs <= clock.now()) {
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      const ours = all.filter(({ internal }) => !internal).map(({ address }) => address.toLowerCase());
      seen = { addresses: new Set(ours), untilMs: clock.now() + LOOK_MS };
    }
    return seen.addresses;
  };
  return {
    isOurs: (host, resolved) =>
      hostname !== null &&
      (host.toLowerCase().replace(/\.$/, "") === hostname ||
        resolved.some((address) => addresses().has(address.toLowerCase()))),
    hasIpv6: () => [...addresses()].some((address) => address.includes(":") && !isInternalAddress(address)),
  };
}
