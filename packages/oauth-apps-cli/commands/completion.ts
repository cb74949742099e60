import { Argument, type Command } from 'commander';
import { bashCompletion, zshCompletion } from '../completion-script.ts';

/** `completion`: a script for the shell to evaluate. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script; add to your shell\'s startup file: eval "$(oauth-apps completion bash)"')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .action((shell: string) => {
      process.stdout.write(shell === 'bash' ? bashCompletion(program) : zshCompletion(program));
    });
}
