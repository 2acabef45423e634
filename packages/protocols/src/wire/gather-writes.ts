import type { Writable } from "node:stream";

/** Lets what is written to a socket in one turn of the event loop go out in one system call. */
export interface WriteGatherer {
  /** What is written from now on waits for the end of the turn. */
  readonly gather: (socket: Writable) => void;
  /** Lets go of what waits, at once. */
  readonly release: () => void;
}

/** A socket that is ended lets go by itself; before one is handed to somebody else (TLS), `release` must be called. */
export function createWriteGatherer(): WriteGatherer {
  let gathering: Writable | null = null;
  const release = (): void => {
    gathering?.uncork();
    gathering = null;
  };
  return {
    gather: (socket) => {
      if (gathering !== null) return;
      gathering = socket;
      socket.cork();
      setImmediate(release);
    },
    release,
  };
}
