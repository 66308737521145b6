import { defineCommand, UsageFault, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

const options = {} as const;

/**
 * `testbed completion SHELL`: a script that teaches a shell what may be typed. What it calls at each Tab is
 * `testbed completion candidates -- WORD …`, which is for scripts and stands in no help.
 */
export const command = defineCommand({
  name: 'completion',
  positionals: 'bash|zsh|fish',
  examples: [
    'source <(testbed completion bash)       # in ~/.bashrc',
    'source <(testbed completion zsh)        # in ~/.zshrc, after compinit',
    'testbed completion fish > ~/.config/fish/completions/testbed.fish',
  ],
  options,
  run,
});

async function run({ positionals, io }: CommandInput<typeof options>): Promise<number> {
  const [shell, ...words] = positionals;
  if (shell === 'candidates') {
    const { complete } = await import('../completion/complete.ts');
    const { answerText } = await import('../completion/answer.ts');
    io.stdout.write(answerText(await complete(words, io)));
    return EXIT.ok;
  }
  const { SCRIPTS } = await import('../completion/scripts.ts');
  const script = shell !== undefined && Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined || words.length > 0) {
    const shells = Object.keys(SCRIPTS);
    const { suggest } = await import('../../util/suggest.ts');
    const near = shell === undefined ? undefined : suggest(shell, shells);
    throw new UsageFault(
      shell === undefined || words.length > 0
        ? `"testbed completion" takes one shell: ${shells.join(', ')}.`
        : `there is no completion for "${shell}", only for ${shells.join(', ')}.`,
      near === undefined ? undefined : `Did you mean "testbed completion ${near}"?`,
    );
  }
  io.stdout.write(script);
  return EXIT.ok;
}
