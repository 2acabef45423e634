import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What no mail server on this machine can be faster than, so that figures of different machines can be compared. */
export interface Floor {
  /** RSA-2048 with SHA-256, one core. */
  readonly signaturesPerSecond: number;
  /** Appends of 8 KiB, each forced to the disk of the temporary directory. */
  readonly syncsPerSecond: number;
}

const MEASURE_MS = 1_000;

/** Measures for about two seconds, blocking. */
export function measureFloor(): Floor {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const header = randomBytes(1_024);
  const signaturesPerSecond = timesPerSecond(() => sign("sha256", header, privateKey));

  const directory = mkdtempSync(join(tmpdir(), "waxwing-bench-disk-"));
  try {
    const file = openSync(join(directory, "log"), "w");
    const page = randomBytes(8_192);
    const syncsPerSecond = timesPerSecond(() => {
      writeSync(file, page);
      fdatasyncSync(file);
    });
    closeSync(file);
    return { signaturesPerSecond, syncsPerSecond };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function timesPerSecond(work: () => void): number {
  const startMs = performance.now();
  let times = 0;
  while (performance.now() - startMs < MEASURE_MS) {
    work();
    times++;
  }
  return (times / (performance.now() - startMs)) * 1_000;
}
