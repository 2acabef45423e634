export { type ApiKeyParts, parseApiKey } from "./api-key.ts";
export {
  createTokenVerifier,
  openIdConfigurationUrl,
  type TokenIssuer,
  type TokenVerification,
  type TokenVerifier,
} from "./bearer-token.ts";
export { type Clock, systemClock } from "./clock.ts";
export { parseDomain } from "./config/host-name.ts";
export { type HostPort, type ListenAddress, parseHostPort } from "./config/listen.ts";
export type { Parsed } from "./config/parsed.ts";
export { parseRedisUrl, type RedisTarget } from "./config/redis-url.ts";
export { renderConfigReference } from "./config/reference.ts";
export {
  formatRoutePattern,
  parseRoutePattern,
  type RoutePattern,
  type StaticRoute,
} from "./config/routes.ts";
export type { TlsPair } from "./config/tls-pair.ts";
export type { Machine } from "./config/variables.ts";
export {
  type Config,
  type ConfigProblem,
  type ConfigReading,
  type Door,
  formatProblems,
  type LogLevel,
  readConfig,
} from "./config.ts";
export { type DataDir, DataDirError, generateApiKey, openDataDir } from "./data-dir.ts";
export { isDatabaseAway } from "./database-away.ts";
export { createIdGenerator, type IdGenerator, idTimeMs, isId, lowestIdAt, newId } from "./id.ts";
export { acquireInstanceLock, type InstanceLock, type InstanceLockAnswer } from "./instance-lock.ts";
export { isInternalAddress } from "./internal-address.ts";
export { createIpFilter, isRangeWithin, parseIpRange } from "./ip-range.ts";
export { type LoggedError, logError } from "./log-error.ts";
export { createLogger, type LogFields, type Logger } from "./logger.ts";
export { Counter, createMetrics, Gauge, Histogram, type MetricsRegistry, renderMetrics } from "./metrics.ts";
export {
  equalSecrets,
  hashApiKeySecret,
  hashPassword,
  type PasswordCheck,
  verifyPassword,
} from "./password.ts";
export { readFileIfThere, readOrCreatePrivateFile, replacePrivateFile } from "./private-file.ts";
export { processExists } from "./process-identity.ts";
export { runRounds } from "./rounds.ts";
export { createSecretBox, parseSecretKey, type SecretBox, SecretBoxError } from "./secret-box.ts";
export { createShutdown, type Shutdown } from "./shutdown.ts";
export {
  generateSelfSigned,
  openTlsMaterial,
  type TlsMaterial,
  TlsMaterialError,
  type TlsSource,
} from "./tls-material.ts";
