import { type HostPort, parseHostPort } from "./listen.ts";
import { bad, ok, type Parsed, parseList } from "./parsed.ts";

type Access = {
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
};

/** How Redis is reached. `single` keeps its URL, the others list the nodes to ask first. */
export type RedisTarget =
  | { readonly kind: "single"; readonly url: string }
  | ({ readonly kind: "cluster"; readonly nodes: readonly HostPort[] } & Access)
  | ({
      readonly kind: "sentinel";
      readonly sentinels: readonly HostPort[];
      readonly masterName: string;
      readonly db: number;
    } & Access);

const forms =
  "redis://host:6379/0, rediss://host:6379 (TLS), redis-cluster://host:6379,host:6379 or redis-sentinel://host:26379,host:26379/master-name";

// scheme, credentials, hosts, path. Several hosts are no URL, so `URL` cannot read them.
const shape = /^(rediss?)(-cluster|-sentinel)?:\/\/(?:([^@/]*)@)?([^/?#@]+)(?:\/([^?#]*))?(\?[^#]*)?$/;

function parseNode(defaultPort: number): (text: string) => Parsed<HostPort> {
  return (text) => parseHostPort(/:\d+$/.test(text) ? text : `${text}:${defaultPort}`, 1);
}

function decode(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % was meant literally.
    return text;
  }
}

/**
 * Reads a REDIS_URL: one server, a Cluster (`redis-cluster://`, or several hosts after `redis://`) or Sentinels
 * (`redis-sentinel://host,host/master-name[/db]`). Each form has a TLS sibling that begins with `rediss`.
 * Messages never repeat the URL, which may hold a password.
 */
export function parseRedisUrl(text: string): Parsed<RedisTarget> {
  const match = shape.exec(text);
  if (match === null) return bad(`is not a Redis URL, such as ${forms}`);
  const [, scheme, role, credentials, hosts = "", path = ""] = match;
  const several = hosts.includes(",");

  if (role === undefined && !several) {
    if (!URL.canParse(text) || !/^(\d{1,5})?$/.test(path)) return bad(`is not a Redis URL, such as ${forms}`);
    return ok({ kind: "single", url: text });
  }

  const nodes = parseList(hosts, parseNode(role === "-sentinel" ? 26_379 : 6_379));
  if (nodes.kind === "bad") return nodes;
  const colon = credentials?.indexOf(":") ?? -1;
  const access: Access = {
    username: decode(credentials?.slice(0, Math.max(colon, 0))),
    // redis://secret@host has always meant a password without a user.
    password: decode(credentials?.slice(colon + 1)),
    tls: scheme === "rediss",
  };

  if (role === "-sentinel") {
    const [masterName = "", db = "0", ...rest] = path.split("/");
    if (!/^[\w.-]+$/.test(masterName) || !/^\d{1,5}$/.test(db) || rest.length > 0) {
      return bad("names no Sentinel master, as in redis-sentinel://host:26379,host:26379/master-name");
    }
    return ok({ kind: "sentinel", sentinels: nodes.value, masterName, db: Number(db), ...access });
  }
  if (path !== "" && path !== "0") return bad("chooses a database, but a Redis Cluster has only database 0");
  return ok({ kind: "cluster", nodes: nodes.value, ...access });
}
