import type { Writable } from "node:stream";

/** Lets what is written to a socket in one go, promises included, go out in one system call. */
export interface WriteGatherer {
  /** What is written from now on waits until no promise is left to be kept. */
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
      // Not at the end of the event loop's turn: a deadline that ends in the same one would still count the socket as idle.
      process.nextTick(release);
    },
    release,
  };
}
