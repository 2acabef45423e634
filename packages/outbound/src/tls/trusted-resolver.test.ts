import assert from "node:assert/strict";
import { test } from "node:test";
import { trustedResolver } from "./trusted-resolver.ts";

const found = (setting: Parameters<typeof trustedResolver>[0], servers: readonly string[]) =>
  trustedResolver(setting, null, () => servers);

test("only a resolver on this machine is trusted without being named", () => {
  assert.deepEqual(found("auto", ["127.0.0.53"]), { host: "127.0.0.53", port: 53 });
  assert.deepEqual(found("auto", ["[::1]:5353", "9.9.9.9"]), { host: "::1", port: 5353 });
  assert.deepEqual(
    trustedResolver("auto", ["127.0.0.1:54"], () => []),
    { host: "127.0.0.1", port: 54 },
  );
  for (const servers of [
    ["9.9.9.9", "127.0.0.1"],
    ["127.0.0.11"],
    ["192.168.1.1:53"],
    ["2606:4700::1111"],
    [],
  ])
    assert.equal(found("auto", servers), null, servers.join());
  assert.equal(found("off", ["127.0.0.1"]), null);
  assert.deepEqual(found({ host: "10.0.0.53", port: 53 }, []), { host: "10.0.0.53", port: 53 });
});
