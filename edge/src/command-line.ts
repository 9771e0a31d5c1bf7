import { StartError } from '@picket/devices'
import { Command } from 'commander'

/** @param run - runs a gateway by its file */
export function commandLine(run: (file: string) => Promise<void>): Command {
  const program = new Command('picket-edge')
    .description('Collects readings in the field, keeps them safe and forwards them to the cloud')
    .requiredOption('--config <file>', 'the gateway file (YAML)')
    .configureHelp({ showGlobalOptions: true })
    // A command that was not understood is no fault of the gateway, for which scripts take 1.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(({ config }) => run(config))

  program
    .command('doctor')
    .description(
      'says of all that a gateway needs whether it is in order, and what to do; exit code 1 for a fault',
    )
    .option('--json', 'for programs', false)
    .action(async ({ json }) => {
      const { runDoctor } = await import('./doctor/command.ts')
      // Nothing that a source or the link left behind may hold the answer up.
      process.exit(await runDoctor(program.opts().config, { json }))
    })

  program
    .command('refused')
    .description('shows the newest messages of sensors that were refused, with their bytes')
    .option('--json', 'for programs', false)
    .action(async ({ json }) => {
      const { refusedText } = await import('./intake/refused-command.ts')
      await say(() => refusedText(program.opts().config, { json }))
    })

  program
    .command('output')
    .description('switches an output by hand, for a while; `auto` gives it back to the rules')
    .argument('<name>', 'as the gateway file has it')
    .argument('<state>', 'on, off or auto')
    .option('--for <time>', 'how long, such as 1h30m; 30d at most')
    .option('--by <name>', 'who wants it')
    .option('--reason <text>', 'why')
    .action(async (output, state, wish) => {
      const { switchByHand } = await import('./guard/output-command.ts')
      await say(() => switchByHand(program.opts().config, { ...wish, output, state }))
    })
  return program
}

async function say(answer: () => string | Promise<string>): Promise<void> {
  try {
    console.log(await answer())
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`picket-edge: ${error.message}\n`)
    process.exitCode = error.code === 'output-wish' ? 2 : 1
  }
}
