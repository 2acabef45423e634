export {
  createReturnPaths,
  createSenderRewriting,
  type Resolver,
  type ReturnPaths,
  type SenderRewriting,
} from "@waxwing/seal";
export { createInboundPostLane, inboundRouteSecretContext } from "./post-lane.ts";
export { createReceiver, type ReceiverOptions } from "./receiver.ts";
export { readRoutePattern } from "./route-pattern.ts";
export { type Simulator, startSimulator } from "./simulator/simulator.ts";
export { createSystemResolver } from "./system-resolver.ts";
