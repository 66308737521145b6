/**
 * What a shell is told, once, about completing `testbed`. All that is known about commands and labs stays in testbed itself,
 * so that a script never grows old: it calls `testbed completion candidates -- WORD …` and gets, a line each, first `values`,
 * `files` or `directories`, then the candidates with a tab and their help. It prints nothing, whatever goes wrong.
 */
export const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# testbed: completion for bash. In ~/.bashrc:  source <(testbed completion bash)
_testbed() {
  local program=\${1/#\\~/$HOME} line=\${COMP_LINE:0:COMP_POINT} words=() last=-1 i word
  type -P -- "$program" >/dev/null 2>&1 || return 0
  # bash breaks words at ":" and "=", too; here they are as they were typed.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $last -lt 0 || $line == [[:space:]]* ]]; then
      line=\${line#"\${line%%[![:space:]]*}"}
      words[++last]=
    fi
    [[ \${#word} -gt \${#line} ]] && word=$line
    words[last]+=$word
    line=\${line:\${#word}}
  done
  local cur=\${words[last]} breaks=\${COMP_WORDBREAKS//[^:=]/} strip= quoted= reply kind value help
  reply=$("$program" completion candidates -- "\${words[@]:1}" 2>/dev/null </dev/null) || return 0
  {
    read -r kind
    case $kind in
      directories) compopt +o default -o dirnames 2>/dev/null ;;
      values) compopt +o default 2>/dev/null ;;
    esac
    if [[ $cur == [\\'\\"]* ]]; then quoted=1
    elif [[ -n $breaks && $cur == *["$breaks"]* ]]; then strip=\${cur%"\${cur##*["$breaks"]}"}
    fi
    while IFS=$'\\t' read -r value help; do
      [[ -n $quoted ]] || printf -v value %q "$value"
      COMPREPLY+=("\${value#"$strip"}")
    done
  } <<<"$reply"
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[:=] ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
}
complete -o default -F _testbed testbed
`,
  zsh: `#compdef testbed
# testbed: completion for zsh. In ~/.zshrc, after compinit:  source <(testbed completion zsh)
_testbed() {
  local program=\${\${(Q)words[1]}/#\\~\\//$HOME/} line value help
  local -a lines spaced open
  (( $+commands[$program] )) || [[ $program == */* && -x $program ]] || return 1
  lines=("\${(@f)$("$program" completion candidates -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null </dev/null)}")
  case $lines[1] in
    files) compset -P '*='; _files; return ;;
    directories) compset -P '*='; _files -/; return ;;
    values) ;;
    *) return 1 ;;
  esac
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n $line ]] || continue
    value=\${line%%$'\\t'*} help=\${line#*$'\\t'}
    line=\${value//:/\\\\:}\${help:+:$help}
    if [[ $value == *[:=] ]]; then open+=("$line"); else spaced+=("$line"); fi
  done
  _describe -t values value spaced -- open -S ''
}
if [[ $funcstack[1] == _testbed ]]; then
  _testbed "$@"
elif (( $+functions[compdef] )); then
  compdef _testbed testbed
fi
`,
  fish: `# testbed: completion for fish. Once:  testbed completion fish > ~/.config/fish/completions/testbed.fish
function __testbed_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    type -q -- $program; or return 0
    set -l lines (command $program completion candidates -- $words "$current" 2>/dev/null </dev/null)
    # A path is completed without the "--option=" before it, and offered with it.
    set -l option (string match -r '^--[^=]*=' -- $current)
    set -l path (string replace -r '^--[^=]*=' '' -- $current)
    switch "$lines[1]"
        case files
            set lines (__fish_complete_path "$path")
        case directories
            set lines (__fish_complete_directories "$path")
        case values
            set -e lines[1]
            set -e option
        case '*'
            return 0
    end
    for line in $lines
        echo "$option$line"
    end
end
complete -c testbed -f -a '(__testbed_candidates)'
`,
};
