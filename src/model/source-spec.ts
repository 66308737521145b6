/** What a source is, parsed: a directory of the host, or a commit of a git repository. */
export type SourceSpec =
  /** `/…`, `./…`, `../…` or `~/…`, taken as it is. */
  | { readonly kind: 'directory'; readonly path: string }
  /** `URL@ref`, `URL~PR`, `URL~PR@ref` (the pull request rebased onto the ref); neither: the default branch. */
  | { readonly kind: 'git'; readonly url: string; readonly ref?: string; readonly pull?: number };

/** Reads `https://host/repo.git@v1.25.0`, `…~17782`, `…~17782@v1.25.0`, or a directory. */
export function parseSourceSpec(
  text: string,
): { readonly ok: true; readonly spec: SourceSpec } | { readonly ok: false; readonly message: string } {
  if (/^([/.]|~\/|~$)/.test(text)) return { ok: true, spec: { kind: 'directory', path: text } };
  // An URL has a scheme, or is scp's host:path.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]*\/./i.test(text) && !/^[\w.-]+@[\w.-]+:./.test(text))
    return { ok: false, message: 'a git URL, or a directory that starts with / . or ~/' };
  const tail = suffixOf(text);
  const match = /^(?:~([^@]*))?(?:@(.*))?$/.exec(text.slice(tail));
  const [, pull, ref] = match ?? [];
  if (match === null || ref === '') return { ok: false, message: 'a ref behind "@", such as @master' };
  if (pull !== undefined && !/^[1-9]\d*$/.test(pull))
    return { ok: false, message: 'the number of a pull request behind "~", such as ~17782' };
  if (ref !== undefined && !isRef(ref)) return { ok: false, message: `a ref that git allows, not "${ref}"` };
  const spec: SourceSpec = {
    kind: 'git',
    url: text.slice(0, tail),
    ...(pull === undefined ? {} : { pull: Number(pull) }),
    ...(ref === undefined ? {} : { ref }),
  };
  return { ok: true, spec };
}

/** Where `~PR@ref` begins: behind `.git`, where there is one, so that a ref may have slashes; else after the last `/`. */
function suffixOf(text: string): number {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(text)?.[0].length ?? text.indexOf(':');
  const git = /\.git(?=[@~])/.exec(text.slice(scheme));
  if (git !== null) return scheme + git.index + '.git'.length;
  const last = Math.max(text.lastIndexOf('/'), scheme);
  const mark = /[@~]/.exec(text.slice(last));
  return mark === null ? text.length : last + mark.index;
}

/** The rules of `git check-ref-format` as far as a person can break them; `-x` would be taken for an option. */
function isRef(ref: string): boolean {
  return !/^-|^\/|\/$|\.\.|\/\/|@\{|\.lock$|\.$|[\s~^:?*[\\]/.test(ref);
}
