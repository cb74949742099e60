import type { Command } from 'commander';

/** A script that completes commands and options. */
export function bashCompletion(program: Command): string {
  const paths = wordsByPath(program);
  // The first path, of the program itself, is empty, so the list begins with `|`.
  const known = paths.map(([path]) => path).join('|');
  const cases = paths.map(([path, words]) => `    '${path}') words='${words.join(' ')}' ;;`);
  return `_oauth_apps() {
  local word path='' words='' i known='${known}|'
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $known == *"|\${path:+$path }$word|"* ]] && path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _oauth_apps oauth-apps
`;
}

/** Uses bashCompletion() through zsh's emulation of bash's completion. */
export function zshCompletion(program: Command): string {
  return `autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bashCompletion(program)}`;
}

/** The subcommands and options of each command, by its path. */
function wordsByPath(program: Command, path: readonly string[] = []): [string, string[]][] {
  let command = program;
  for (const name of path) command = command.commands.find((child) => child.name() === name) as Command;
  const global = program.options.flatMap(({ long }) => long ?? []);
  const own = command.options.flatMap(({ long }) => long ?? []);
  const children = command.commands.map((child) => child.name());
  const words = [...new Set([...children, ...own, ...global, '--help'])];
  return [[path.join(' '), words], ...children.flatMap((child) => wordsByPath(program, [...path, child]))];
}
