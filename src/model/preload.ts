/** The languages that a stage can have an interpreter of. */
export type PreloadLanguage = 'python';

/** The interpreter of a stage that names none; a template. */
export const INTERPRETERS: Readonly<Record<PreloadLanguage, string>> = {
  python: '${python}',
};

/** What an interpreter, its C library or its loader reads of the environment when it starts, and then no more. */
const READ_AT_START: Readonly<Record<PreloadLanguage, RegExp>> = {
  python: /^(?:PYTHON|LC_|LD_|MALLOC_|GLIBC_)|^(?:LANG|LANGUAGE|TZ)$/,
};

/** Whether a variable has to be the same for a stage and for what starts from its interpreter. */
export function isReadAtStart(language: PreloadLanguage, variable: string): boolean {
  return READ_AT_START[language].test(variable);
}

/**
 * Why a program with these arguments to its interpreter can not be started by one that runs already: the end of a sentence that
 * begins with "its command …". Undefined: it can.
 */
export function unfitArguments(args: readonly string[]): string | undefined {
  const [first, second] = args;
  if (first === undefined || first === '-') return 'names no program';
  if (first === '-c' || first === '-m') return second === undefined ? 'names no program' : undefined;
  if (first.startsWith('-')) return `has the option ${first}, which an interpreter takes when it starts`;
  return first.endsWith('.pyc') ? 'names a compiled file' : undefined;
}
