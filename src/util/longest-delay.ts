/** The longest delay that a timer of Node takes, ms; more would fire at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;
