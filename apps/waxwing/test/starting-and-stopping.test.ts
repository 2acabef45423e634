import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { startSmtpSink } from "@waxwing/testkit";
import {
  clientOf,
  FREE_DOORS,
  freePort,
  runWaxwing,
  startWaxwing,
  temporaryDataDir,
  until,
} from "./waxwing-process.ts";

suite("starting and stopping", { concurrency: true, timeout: 180_000 }, () => {
  test("a first start shows the way round, a second is refused, a stop is clean, and the next start has the data", async () => {
    await using dataDir = await temporaryDataDir();
    const inbound = await freePort();
    const env = {
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_INBOUND_LISTEN: `127.0.0.1:${inbound}`,
      WAXWING_ROUTES: `.test=127.0.0.1:${inbound}`,
    };
    const first = await startWaxwing(env);
    await first.line(/curl http:\/\/127\.0\.0\.1:\d+\/send/);
    await first.line(/It is in inbox@waxwing\.test now\./);
    assert.match(first.lines.join("\n"), /received +filed in INBOX, DKIM pass/);

    const second = await runWaxwing(["start"], { ...FREE_DOORS, ...env });
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`already running on .*process ${first.child.pid}`));

    const { id } = await clientOf(first.doors).send({
      from: "shop@waxwing.test",
      to: "nobody@nowhere.example",
      subject: "kept",
      text: "kept",
    });
    const stopped = await first.stop("SIGTERM");
    assert.equal(stopped.code, 0, first.lines.slice(-5).join("\n"));
    assert.ok(stopped.durationMs < 10_000, `${stopped.durationMs} ms`);
    assert.ok(
      !existsSync(join(dataDir.path, "postgres/cluster/postmaster.pid")),
      "the database is shut down",
    );

    await using again = await startWaxwing(env);
    assert.equal((await clientOf(again.doors).messages.get(id)).id, id);
    assert.doesNotMatch(again.lines.join("\n"), /The first message went round/);
    assert.equal((await again.stop("SIGINT")).code, 0);
  });

  test("npm start ends with npm, in good order, and by one Ctrl-C", async () => {
    await using dataDir = await temporaryDataDir();
    const env = { WAXWING_DATA_DIR: dataDir.path };
    for (const [signal, wholeGroup] of [
      ["SIGTERM", false], // as from a supervisor that knows npm only
      ["SIGINT", true], // as from a terminal
    ] as const) {
      const waxwing = await startWaxwing(env, "npm");
      const { pid = assert.fail() } = waxwing.child;
      process.kill(wholeGroup ? -pid : pid, signal);
      await waxwing.line(/"event":"process\.stopped"/);
      // The output ends when nobody is left who could write to it.
      await waxwing.stop();
      assert.ok(!existsSync(join(dataDir.path, "postgres/cluster/postmaster.pid")), signal);
      assert.doesNotMatch(waxwing.lines.join("\n"), /process\.killed/, signal);
    }
  });

  test("a delivery that hangs does not hold up the stop, and is taken up again at the next start", async () => {
    await using sink = await startSmtpSink();
    await using dataDir = await temporaryDataDir();
    const env = {
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `sink.example=127.0.0.1:${sink.port}`,
      WAXWING_RETRY_SCHEDULE: "1s",
    };
    const first = await startWaxwing(env);
    const { id } = await clientOf(first.doors).send({
      from: "shop@waxwing.test",
      to: ["slow20000@sink.example", "quick@sink.example"],
      subject: "slow",
      text: "slow",
    });
    await until(
      "the attempt",
      async () => sink.attempts("slow20000@sink.example") > 0 && sink.attempts("quick@sink.example") > 0,
      (begun) => begun,
    );
    const stopped = await first.stop("SIGTERM");
    assert.equal(stopped.code, 0, first.lines.slice(-5).join("\n"));
    assert.ok(stopped.durationMs < 10_000, `${stopped.durationMs} ms`);

    await using again = await startWaxwing(env);
    const message = await until(
      "the second attempt",
      () => clientOf(again.doors).messages.get(id),
      ({ recipients }) => sink.attempts("slow20000@sink.example") > 1 && recipients[1]?.state === "delivered",
    );
    assert.equal(message.recipients[0]?.attempts[0]?.rule, "connection.lost");
    assert.equal(sink.attempts("quick@sink.example"), 1, "what was delivered is not sent again");
  });

  test("after kill -9 the lock and the database are taken over, and what was accepted is delivered", async () => {
    await using dataDir = await temporaryDataDir();
    const inbound = await freePort();
    const env = {
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `.test=127.0.0.1:${inbound}`,
      WAXWING_RETRY_SCHEDULE: "1s",
    };
    const first = await startWaxwing(env);
    const { id } = await clientOf(first.doors).send({
      from: "shop@waxwing.test",
      to: "inbox@waxwing.test",
      subject: "survives",
      text: "survives",
    });
    await first.stop("SIGKILL");
    await using again = await startWaxwing({
      ...env,
      WAXWING_INBOUND_LISTEN: `127.0.0.1:${inbound}`,
    });
    await until(
      "the delivery",
      () => clientOf(again.doors).messages.get(id),
      (message) => message.recipients[0]?.state === "delivered",
    );
  });

  test("a configuration with mistakes is refused with all of them and exit code 78", async () => {
    const { code, stderr, stdout } = await runWaxwing(["start"], {
      WAXWING_HTTP_LISTEN: "here",
      WAXWING_RETRY_SCHEDULE: "soon",
      WAXWING_PLAINTEXT_AUTH: "sometimes",
      WAXWING_DOMAN: "shop.test",
    });
    assert.equal(code, 78);
    assert.equal(stdout, "");
    for (const variable of [
      "WAXWING_HTTP_LISTEN",
      "WAXWING_RETRY_SCHEDULE",
      "WAXWING_PLAINTEXT_AUTH",
      "WAXWING_DOMAN",
    ]) {
      assert.match(stderr, new RegExp(variable));
    }
  });

  test("a door that is taken is named with its variable", async () => {
    await using dataDir = await temporaryDataDir();
    const { createServer } = await import("node:net");
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
    const { code, stderr } = await runWaxwing(["start"], {
      ...FREE_DOORS,
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_HTTP_LISTEN: `127.0.0.1:${port}`,
    });
    taken.close();
    assert.equal(code, 1);
    assert.match(stderr, /WAXWING_HTTP_LISTEN/);
  });

  test("a role alone asks for DATABASE_URL; unknown commands are told the known ones", async () => {
    const role = await runWaxwing(["start", "worker"], {});
    assert.equal(role.code, 78);
    assert.match(role.stderr, /DATABASE_URL/);
    const unknown = await runWaxwing(["strat"], {});
    assert.equal(unknown.code, 64);
    assert.match(unknown.stderr, /unknown command: strat[\s\S]*start/);
  });
});
