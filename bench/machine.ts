import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { arch, cpus, release, totalmem, type } from "node:os";

/** The machine and the revision, in lines for the head of the report. */
export function describeMachine(): readonly string[] {
  const processors = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const status = ask("git", ["status", "--porcelain", "--untracked-files=no"]);
  const revision = ask("git", ["rev-parse", "--short", "HEAD"]) ?? "unknown";
  return [
    `Waxwing ${revision}${status === null || status === "" ? "" : " with changes"}, ${new Date().toISOString()}`,
    `${processors.length} x ${processors[0]?.model.trim() ?? arch()}, ${gib} GiB, ${type()} ${release()}, Node ${process.versions.node}`,
  ];
}

/** The version of a running PostgreSQL, such as `PostgreSQL 18.4`. */
export function postgresVersion(postmaster: number | null): string {
  if (postmaster === null) return "PostgreSQL";
  try {
    const answer = ask(readlinkSync(`/proc/${postmaster}/exe`), ["--version"]);
    return `PostgreSQL ${/\d[\w.]*/.exec(answer ?? "")?.[0] ?? ""}`.trim();
  } catch {
    return "PostgreSQL";
  }
}

/** The version of the Redis on PATH, such as `Redis 8.0.2`. */
export function redisVersion(): string {
  const answer = ask("redis-server", ["--version"]) ?? "";
  return `${/valkey/i.test(answer) ? "Valkey" : "Redis"} ${/v=([\d.]+)/.exec(answer)?.[1] ?? ""}`.trim();
}

/** What a program prints, or null where there is no such program or it fails. */
function ask(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    }).trim();
  } catch {
    return null;
  }
}
