import { runCommandLine } from "./command-line.ts";

const exitCode = await runCommandLine(process.argv.slice(2));
if (exitCode !== null) process.exitCode = exitCode;
