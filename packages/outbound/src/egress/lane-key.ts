/** The pool of messages that name none: the system's own address, unless the operator makes a pool of this name. */
export const DEFAULT_POOL = "default";

/** No site's name has it. */
const SEPARATOR = "|";

/** The key of the lane that drains a site through an egress pool. @param pool as the message names it; absent: the default one */
export function laneKey(site: string, pool: string = DEFAULT_POOL): string {
  return pool === DEFAULT_POOL ? site : `${site}${SEPARATOR}${pool}`;
}

/** What a lane's key stands for. */
export function readLaneKey(key: string): { readonly site: string; readonly pool: string } {
  const at = key.indexOf(SEPARATOR);
  return at < 0
    ? { site: key, pool: DEFAULT_POOL }
    : { site: key.slice(0, at), pool: key.slice(at + SEPARATOR.length) };
}
