/** Completion for bash, from the commands: their names and options. What follows an option is a file's name. */
import { describedCommands } from './commands.ts';

const HEAD = '# Completion of vmmanage for bash: commands and their options; else names of files.';

/** Needs nothing of the package bash-completion but to be found by it. */
export async function bashCompletion(): Promise<string> {
  const commands = await describedCommands();
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(({ name, flags }) => `    ${name}) words='${flags.join(' ')}' ;;`);
  return `${HEAD}
_vmmanage() {
  local word=\${COMP_WORDS[COMP_CWORD]} words=
  local commands='${names}'
  COMPREPLY=()
  case $COMP_CWORD:\${COMP_WORDS[1]} in
    1:*) words="$commands help --help --version" ;;
    2:help) words=$commands ;;
  esac
  [[ $COMP_CWORD -lt 2 || $word != -* ]] || case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _vmmanage vmmanage
`;
}
