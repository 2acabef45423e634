import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** The account the server runs as when we are root, which PostgreSQL refuses. */
export type ServerUser = { readonly name: string; readonly uid: number; readonly gid: number };

const run = promisify(execFile);

/**
 * Chooses the account: null for an ordinary user, who runs the server as themself. Root uses `postgres`, which is
 * created when missing, or `nobody` where accounts cannot be created.
 */
export async function chooseServerUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await lookUp("postgres");
  if (existing !== null) return existing;
  try {
    await run("groupadd", ["--system", "--force", "postgres"]);
    await run("useradd", [
      "--system",
      "--gid",
      "postgres",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      "postgres",
    ]);
  } catch {
    // A read-only /etc, or no shadow-utils: nobody will do, it owns nothing else.
  }
  return (
    (await lookUp("postgres")) ?? (await lookUp("nobody")) ?? { name: "nobody", uid: 65_534, gid: 65_534 }
  );
}

async function lookUp(name: string): Promise<ServerUser | null> {
  try {
    const [{ stdout: uid }, { stdout: gid }] = await Promise.all([
      run("id", ["-u", name]),
      run("id", ["-g", name]),
    ]);
    return { name, uid: Number(uid), gid: Number(gid) };
  } catch {
    // No such account, or no id(1): read the file itself.
    return await lookUpInPasswd(name);
  }
}

async function lookUpInPasswd(name: string): Promise<ServerUser | null> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([account]) => account === name);
  const uid = Number(fields?.[2] ?? Number.NaN);
  const gid = Number(fields?.[3] ?? Number.NaN);
  return uid > 0 && gid >= 0 ? { name, uid, gid } : null;
}
