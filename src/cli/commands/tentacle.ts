import { defineCommand, UsageFault } from '../command.ts';
import { formatOption, labOptions } from '../options.ts';

/** `testbed tentacle serve|fault`: virtual tentacles for use by hand and by other tools. */
export const command = defineCommand({
  name: 'tentacle',
  positionals: 'serve [ID …] | fault ID [KIND]',
  examples: [
    'testbed tentacle serve v0 v1',
    'testbed tentacle serve v0 --format json',
    'testbed tentacle fault v0 vanish --after 2s',
    'testbed tentacle fault v0 drop --one-in 100',
    'testbed tentacle fault v0 --clear',
  ],
  options: {
    config: labOptions.config,
    ...formatOption,
    after: { type: 'string', value: 'TIME', help: 'vanish, re-enumerate, hang: so long from now (0s)' },
    for: { type: 'string', value: 'TIME', help: 're-enumerate: away for so long (1s)' },
    text: { type: 'string', value: 'TEXT', help: 'babble: what it says' },
    every: { type: 'string', value: 'TIME', help: 'babble: how often (100ms)' },
    delay: { type: 'string', value: 'TIME', help: 'slow: how late each answer is (500ms)' },
    'one-in': { type: 'integer', value: 'N', help: 'drop: one byte of N is lost (100)' },
    version: { type: 'string', value: 'VERSION', help: 'wrong-version: what it claims to run (0.0.1)' },
    times: { type: 'integer', value: 'N', help: 'no-boot: so often (1)' },
    clear: { type: 'boolean', help: 'no more faults' },
  },
  run: async ({ options, positionals, io, argv }) => {
    const [verb = '', ...rest] = positionals;
    switch (verb) {
      case 'serve': {
        const { serveTentacles } = await import('../tentacle-serve.ts');
        return await serveTentacles({ ids: rest, options, io, command: argv.join(' ') });
      }
      case 'fault': {
        const { faultTentacle } = await import('../tentacle-fault.ts');
        return await faultTentacle({ positionals: rest, options, io });
      }
      default:
        throw new UsageFault(
          verb === ''
            ? '"testbed tentacle" wants serve or fault.'
            : `there is no "testbed tentacle ${verb}".`,
          'Try "testbed tentacle serve v0", or "testbed tentacle --help".',
        );
    }
  },
});
