/** sysexits.h: EX_USAGE. */
export const EXIT_USAGE = 64;

/** sysexits.h: EX_CONFIG. */
export const EXIT_CONFIG = 78;
