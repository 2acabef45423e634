/** PostgreSQL settings by name. */
export type Settings = Readonly<Record<string, string>>;

/**
 * The settings of the embedded server: a mail platform on a small machine, with its application beside it. They are
 * written anew at every start; `ALTER SYSTEM` goes into postgresql.auto.conf and wins over them.
 */
export const mailSettings: Settings = {
  max_connections: "200",
  shared_buffers: "192MB",
  effective_cache_size: "1GB",
  maintenance_work_mem: "64MB",
  // 202 and 250 mean committed (RFC 5321 §4.2.5 makes the mail ours from then on).
  synchronous_commit: "on",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  random_page_cost: "1.1",
  // The backlog table turns over completely all the time; the default of 20% dead rows would let it swell.
  autovacuum_naptime: "15s",
  autovacuum_vacuum_scale_factor: "0.05",
  autovacuum_vacuum_insert_scale_factor: "0.1",
  autovacuum_analyze_scale_factor: "0.05",
  autovacuum_vacuum_cost_limit: "1000",
  // Short statements by the thousand: compiling them costs more than it saves.
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C",
  // Statements and DETAIL lines repeat values, so they would put message bodies into the log.
  log_min_messages: "warning",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_parameter_max_length_on_error: "0",
  log_checkpoints: "off",
  log_line_prefix: "",
};

/** For throw-away databases: nothing survives a crash of the machine, everything is quicker. */
export const disposableSettings: Settings = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  shared_buffers: "128MB",
};

/** Settings as a configuration file (PostgreSQL documentation, 19.1.2). */
export function renderSettings(settings: Settings): string {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  return `# Written by Waxwing at every start. Your own settings: ALTER SYSTEM SET ...\n${lines.join("")}`;
}
