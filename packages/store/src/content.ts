import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from "node:zlib";

/** Content ready to be stored: its address and its Zstandard frame. */
export interface EncodedContent {
  readonly hash: Buffer;
  readonly zstd: Buffer;
  readonly sizeBytes: number;
}

/** Up to here compressing takes less than handing it to another thread and back. */
const SYNC_LIMIT_BYTES = 64 * 1024;

/** With the size known beforehand the context has tables for that much only; a quarter of the time goes into making it. */
const CHUNK_BYTES = 8 * 1024;

const compressInThread = promisify(zstdCompress);
const decompressInThread = promisify(zstdDecompress);

/** Compresses and addresses content. The project is part of the hash: tenants never share a row. */
export async function encodeContent(projectId: string, content: Buffer): Promise<EncodedContent> {
  return {
    hash: createHash("sha256").update(projectId).update(content).digest(),
    zstd:
      content.length <= SYNC_LIMIT_BYTES
        ? zstdCompressSync(content, { pledgedSrcSize: content.length, chunkSize: CHUNK_BYTES })
        : await compressInThread(content),
    sizeBytes: content.length,
  };
}

/** The content of a Zstandard frame. @throws when the frame is damaged. */
export async function decodeContent(zstd: Buffer): Promise<Buffer> {
  return zstd.length <= SYNC_LIMIT_BYTES ? zstdDecompressSync(zstd) : await decompressInThread(zstd);
}
