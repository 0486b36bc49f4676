# Completion of mailspoor's commands, options and query fields, for bash: source it, or put it into the folder of
# bash-completion as `mailspoor`.
_mailspoor() {
  local word=${COMP_WORDS[COMP_CWORD]} command='' at choices
  # bash splits words at colons; a field is complete before its own.
  for ((at = 1; at < COMP_CWORD; ++at)); do
    case ${COMP_WORDS[at]} in
      --root | --config | --tz | --color | --progress) ((++at)) ;;
      -*) ;;
      *) command=${COMP_WORDS[at]}; break ;;
    esac
  done
  if [ -z "$command" ]; then
    choices='sync search count show inspect index status check account'
  elif [[ $word == --* ]]; then
    choices=$(mailspoor "$command" --help 2>/dev/null | grep -o -- '--[a-z-]*' | sort -u)
  elif [ "$command" = search ] || [ "$command" = count ]; then
    choices=$(mailspoor search --fields 2>/dev/null | cut -f 1 | sed 's/$/:/')
    compopt -o nospace 2>/dev/null || true
  elif [ "$command" = account ] && [ "${COMP_WORDS[COMP_CWORD - 1]}" = account ]; then
    choices='list test adopt'
  elif [ "$command" = sync ] || [ "$command" = check ] || [ "$command" = status ]; then
    choices=$(mailspoor account list --format jsonl 2>/dev/null | sed -n 's/.*"account":"\([^"]*\)".*/\1/p')
  else
    compopt -o default 2>/dev/null || true
    COMPREPLY=()
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}
complete -F _mailspoor mailspoor
