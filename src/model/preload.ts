/** The languages that a stage can have an interpreter of. */
export type PreloadLanguage = 'python' | 'node';

/** The interpreter of a stage that names none; a template. */
export const INTERPRETERS: Readonly<Record<PreloadLanguage, string>> = {
  python: '${python}',
  node: 'node',
};

/** What an interpreter, its C library or its loader reads of the environment when it starts, and then no more. */
const READ_AT_START: Readonly<Record<PreloadLanguage, RegExp>> = {
  python: /^(?:PYTHON|LC_|LD_|MALLOC_|GLIBC_)|^(?:LANG|LANGUAGE|TZ)$/,
  node: /^(?:NODE_|UV_|LC_|LD_|MALLOC_|GLIBC_|OPENSSL_|SSL_)|^(?:LANG|LANGUAGE|TZ|HOME)$/,
};

/** Whether a variable has to be the same for a stage and for what starts from its interpreter. */
export function isReadAtStart(language: PreloadLanguage, variable: string): boolean {
  return READ_AT_START[language].test(variable);
}

/**
 * Why a program with these arguments to its interpreter can not be started by one that runs already: the end of a sentence that
 * begins with "its command …". Undefined: it can.
 */
export function unfitArguments(language: PreloadLanguage, args: readonly string[]): string | undefined {
  const [first, second] = args;
  if (first === undefined || first === '-') return 'names no program';
  if (language === 'python' && (first === '-c' || first === '-m'))
    return second === undefined ? 'names no program' : undefined;
  if (first.startsWith('-')) return `has the option ${first}, which an interpreter takes when it starts`;
  if (language === 'node') return first === 'inspect' ? 'starts the debugger' : undefined;
  return first.endsWith('.pyc') ? 'names a compiled file' : undefined;
}

/** A sentence for a person; `why` names the import, and what it threw. */
export function couldNotImport(why: string): string {
  return `It could not import ${why}.`.replace(/\.\.$/, '.');
}
