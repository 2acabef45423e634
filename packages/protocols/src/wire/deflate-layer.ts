import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";

/** DEFLATE in both directions over a socket (RFC 4978). */
export interface DeflateLayer {
  /** What the peer has sent, inflated; it inflates no more than a few buffers ahead of its reader, whatever the ratio. */
  readonly readable: Readable;
  /** Compresses the pieces and hands them to the socket up to the last octet. */
  write(pieces: readonly Buffer[]): Promise<void>;
  /** Lets go of the socket and frees both streams. */
  stop(): void;
}

/**
 * 48 KB of memory instead of zlib's 256: mail compresses nearly as well in a window of 8 KB, and the peer's inflater reads it whatever
 * the window (RFC 1951). Ours has the 32 KB that any peer may use.
 */
const DEFLATE = { windowBits: 13, memLevel: 5 } as const;

/** Starts the layer; nobody else reads from or writes to `socket` from now on. `onError`: the peer has sent no DEFLATE. */
export function createDeflateLayer(socket: Socket, onError: (cause: Error) => void): DeflateLayer {
  const deflate = createDeflateRaw(DEFLATE);
  // A peer may close without ending its stream.
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  deflate.on("data", (chunk: Buffer) => void socket.write(chunk));
  deflate.on("error", onError);
  inflate.on("error", onError);
  socket.pipe(inflate);
  const stop = () => {
    socket.unpipe(inflate);
    deflate.destroy();
    inflate.destroy();
  };
  socket.once("close", stop);
  return {
    readable: inflate,
    stop,
    write(pieces) {
      return new Promise((resolve) => {
        const done = () => {
          deflate.off("close", done);
          // What is compressed and not handed on yet goes to the listener above now: the socket may be ended next.
          while (!deflate.destroyed && deflate.read() !== null);
          resolve();
        };
        if (deflate.destroyed) return resolve();
        // A layer that is stopped meanwhile has nothing left to wait for.
        deflate.on("close", done);
        for (const piece of pieces) deflate.write(piece);
        deflate.flush(constants.Z_SYNC_FLUSH, done);
      });
    },
  };
}
