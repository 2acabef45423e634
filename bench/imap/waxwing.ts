import { freePort } from "../free-port.ts";
import { startWaxwing } from "../waxwing.ts";
import type { ImapContender } from "./contender.ts";

const PASSWORD = "bench-secret";

/** Starts the whole platform with the IMAP door open, on an embedded PostgreSQL. */
export async function startWaxwingImap(options: {
  readonly rig: AsyncDisposableStack;
  readonly profileDir: string | null;
  readonly signal: AbortSignal;
}): Promise<ImapContender> {
  const { rig, profileDir, signal } = options;
  const port = await freePort();
  const waxwing = rig.use(
    await startWaxwing({
      redisUrl: null,
      sinkPort: 9,
      profileDir,
      env: {
        WAXWING_IMAP_LISTEN: `127.0.0.1:${port}`,
        WAXWING_MAILBOX_PASSWORD: PASSWORD,
      },
      signal,
    }),
  );
  return {
    name: "Waxwing, PostgreSQL",
    port,
    username: "inbox@waxwing.test",
    password: PASSWORD,
    roots: [waxwing.process.pid],
  };
}
