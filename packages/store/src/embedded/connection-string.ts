/** The name of the superuser and of our database. */
export const account = "waxwing";

/** Where a server can be reached. `socketDir` is null when its path is too long for a socket. */
export type ServerPlace = {
  readonly socketDir: string | null;
  readonly port: number;
  readonly password: string;
};

// sockaddr_un (unix(7)): 108 bytes with the final NUL; macOS and the BSDs have 104.
const longestSocketPathBytes = process.platform === "linux" ? 107 : 103;

/** Whether sockets in this directory have paths that the system can take, whatever the port. */
export function socketPathFits(directory: string): boolean {
  return Buffer.byteLength(`${directory}/.s.PGSQL.65535`) <= longestSocketPathBytes;
}

/**
 * A connection URL, through the unix socket where there is one: it is quicker and no other user can reach it. The
 * directory stands percent-encoded in the host's place, which libpq, pg and WHATWG URLs all understand.
 */
export function connectionString(place: ServerPlace, database: string = account): string {
  const host = place.socketDir === null ? "127.0.0.1" : encodeURIComponent(place.socketDir);
  return `postgresql://${account}:${encodeURIComponent(place.password)}@${host}:${place.port}/${database}`;
}
