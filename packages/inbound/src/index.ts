export { createReturnPaths, type Resolver, type ReturnPaths } from "@waxwing/seal";
export { createReceiver, type ReceiverOptions } from "./receiver.ts";
export { createSystemResolver } from "./system-resolver.ts";
