// Generated from schema/ by "npm run generate"; do not edit.

/**
 * What a person wants on every bench: nothing in it changes what is tested. See docs/design/render.md.
 */
export interface UserFile {
  /**
   * The colours on a terminal. Default: dark.
   */
  theme?: 'dark' | 'light' | 'terminal';
  /**
   * Colours by what they say, over those of the theme.
   */
  colors?: {
    /**
     * What passed.
     */
    good?: string;
    /**
     * What failed.
     */
    bad?: string;
    /**
     * What runs, and what should be noticed.
     */
    note?: string;
    /**
     * Names of runs and tests.
     */
    name?: string;
    /**
     * What matters less.
     */
    pale?: string;
  };
}
