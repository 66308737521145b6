/** A stretch of a file's text, in UTF-16 code units. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A file that a person wrote, as it was read. */
export interface SourceFile {
  /** Absolute path. */
  readonly file: string;
  /** The text to show; secrets in it are already masked. */
  readonly text: string;
}

/** One real fault or doubt in what a person wrote, told once. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** One sentence without a full stop: what is wrong. */
  readonly message: string;
  /** Absent where there is no text to point at: a missing file, a command line. */
  readonly source?: SourceFile;
  /** With `source`. Length 0 points between two letters. */
  readonly range?: Range;
  readonly expected?: string;
  readonly found?: string;
  /** What was probably meant, or what to do: a whole phrase, such as `did you mean "RPI_PICO2"?`. */
  readonly suggestion?: string;
  /** The other places, where it takes two to make a fault. */
  readonly also?: readonly {
    readonly message: string;
    readonly source: SourceFile;
    readonly range: Range;
  }[];
}
