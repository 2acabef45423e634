import type { BenchOptions } from "../options.ts";
import { table } from "../report.ts";
import type { ImapContender } from "./contender.ts";
import { startDovecot } from "./dovecot.ts";
import { type Measured, measureImap } from "./measure.ts";
import { startWaxwingImap } from "./waxwing.ts";

/** Waxwing's IMAP server beside Dovecot's, one after the other on the same machine with the same mail and the same client. */
export async function measureMailboxes(
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const waxwing = await startWaxwingImap({ rig, profileDir: null, signal });
  const dovecot = await startDovecot({ rig, signal });
  if (dovecot === null) say("Dovecot is not installed, or this is not root: it is NOT measured");
  const measured = new Map<ImapContender, ReadonlyMap<string, Measured>>();
  for (const server of [waxwing, ...(dovecot === null ? [] : [dovecot])]) {
    measured.set(server, await measureImap(server, options.messages, say, signal));
  }
  const ours = measured.get(waxwing) ?? new Map<string, Measured>();
  const theirs = dovecot === null ? undefined : measured.get(dovecot);
  const rows = [...ours].map(([name, our]) => {
    const their = theirs?.get(name);
    return [name, ...cells(our), ...cells(their), their === undefined ? "" : ratio(our, their)];
  });
  const heads = ["a second", "p95 ms", "CPU us"];
  const columns = heads.map((head) => `Waxwing, ${head}`);
  return table(["", ...columns, ...heads.map((head) => `Dovecot, ${head}`), "ratio of rates"], rows);
}

function cells(measured: Measured | undefined): readonly string[] {
  if (measured === undefined) return ["", "", ""];
  const { perSecond, p95Ms, cpuUs } = measured;
  return [perSecond.toFixed(perSecond < 10 ? 1 : 0), p95Ms.toFixed(1), cpuUs.toFixed(cpuUs < 10 ? 1 : 0)];
}

/** Above 1 we are ahead. */
function ratio(our: Measured, their: Measured): string {
  return (our.perSecond / their.perSecond).toFixed(2);
}
