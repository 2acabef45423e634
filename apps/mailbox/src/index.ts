export { type MailboxPorts, type RunningMailbox, startMailbox } from "./start.ts";
