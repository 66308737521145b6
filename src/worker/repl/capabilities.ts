/** Something that not every MicroPython has, how a board is asked for it, and which tests need it. */
interface Capability {
  readonly name: string;
  /** Runs without an exception where it is there. */
  readonly probe: string;
  /** Over the name of a test's file, without directory and `.py`. */
  readonly needed: RegExp;
}

/**
 * MicroPython's own tests say by their names what they need of a build, so that small boards skip them. The names and
 * what they stand for are those of upstream's `tests/run-tests.py`.
 */
const CAPABILITIES: readonly Capability[] = [
  {
    name: 'the native emitter',
    probe: '@micropython.native\ndef f(): pass\nf()',
    needed: /^(native|viper)_/,
  },
  {
    name: 'big integers',
    probe: 'assert str(10**30) == "1" + "0" * 30',
    needed: /^int_big|_intbig$|^ffi_int/,
  },
  { name: '64 bit integers', probe: 'assert 1 << 62 > 0', needed: /^int_64|_int64$/ },
  { name: 'bytearray', probe: 'bytearray', needed: /^bytearray|_bytearray$/ },
  { name: 'sets', probe: '{1}', needed: /^(set|frozenset)_|_set$/ },
  { name: 'slices', probe: 'slice', needed: /slice/ },
  { name: 'async and await', probe: 'async def f(): await 1', needed: /^(async|asyncio)_|_async$/ },
  { name: 'const', probe: 'x = const(1)', needed: /^const/ },
  {
    name: 'reverse operators',
    probe: 'class C:\n def __radd__(self, other): return 1\n1 + C()',
    needed: /reverse_op/,
  },
  { name: 'f-strings', probe: 'a = 1; f"{a}"', needed: /^string_fstring|_fstring$/ },
  { name: 't-strings', probe: 'a = 1; t"{a}"', needed: /^string_tstring|_tstring$/ },
  {
    name: 'little-endian byte order',
    probe: 'import sys; assert sys.byteorder == "little"',
    needed: /_endian$/,
  },
  {
    name: 'an inline assembler',
    // Only the assembler of the board's own instruction set is compiled in.
    probe: [
      'for a in "thumb", "xtensa", "rv32":',
      ' try:',
      '  exec("@micropython.asm_%s\\ndef f(): pass" % a); break',
      ' except (SyntaxError, AttributeError): pass',
      'else: raise SyntaxError',
    ].join('\n'),
    needed: /^asm/,
  },
];

function neededBy(test: string): readonly Capability[] {
  const name = test.slice(test.lastIndexOf('/') + 1).replace(/\.py$/, '');
  return CAPABILITIES.filter(({ needed }) => needed.test(name));
}

/** Code for a board that prints the index of each capability that it lacks; undefined when no test needs any. */
export function probeScript(tests: readonly string[]): string | undefined {
  const asked = new Set(tests.flatMap(neededBy));
  if (asked.size === 0) return undefined;
  const probes = CAPABILITIES.flatMap((capability, index) =>
    asked.has(capability) ? [`  (${index}, ${JSON.stringify(capability.probe)}),`] : [],
  );
  return [
    'for i, code in (',
    ...probes,
    '):',
    ' try: exec(code, {"micropython": __import__("micropython")})',
    ' except Exception: print("lacks", i)',
  ].join('\n');
}

/** Why a board, whose answer to the probe is given, can not run a test; undefined when it can. */
export function lacking(test: string, answer: string): string | undefined {
  const lacks = new Set(Array.from(answer.matchAll(/^lacks (\d+)\r?$/gm), ([, index]) => Number(index)));
  const missing = neededBy(test).find((capability) => lacks.has(CAPABILITIES.indexOf(capability)));
  return missing === undefined ? undefined : `The firmware has not got ${missing.name}.`;
}
