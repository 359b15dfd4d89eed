# bash completion for psyncsim

_psyncsim_words() {
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -W "$2" -- "$1")
}

_psyncsim_scenarios() {
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        [[ -d $name || $name == *.yaml || $name == *.yml || $name == *.json ]] && COMPREPLY+=("$name")
    done < <(compgen -f -- "$1")
}

# The value of --set PATH=VALUE: a profile's name where the path wants one.
_psyncsim_value() {
    local path=$1 value=$2 names
    [[ $path == server || $path == nodes.*.server ]] || return 0
    names=$("${COMP_WORDS[0]}" profiles 2>/dev/null | grep -oE '^(redis|valkey)-[0-9][0-9.]*')
    _psyncsim_words "$value" "$names"
}

# bash hands over "--set server=re" as the four words --set, server, =, re.
_psyncsim_set() {
    local words=("${COMP_WORDS[@]:0:COMP_CWORD+1}") last=$COMP_CWORD
    if [[ ${words[last - 1]} == --@(set|vary) ]]; then
        compopt -o nospace 2>/dev/null
        _psyncsim_words "${words[last]}" "seed= duration= server= config. hosts. nodes. links. load. faults."
    elif ((last >= 3)) && [[ ${words[last]} == = && ${words[last - 2]} == --@(set|vary) ]]; then
        _psyncsim_value "${words[last - 1]}" ""
    elif ((last >= 4)) && [[ ${words[last - 1]} == = && ${words[last - 3]} == --@(set|vary) ]]; then
        _psyncsim_value "${words[last - 2]}" "${words[last]}"
    else
        return 1
    fi
}

# Commands and options come from the program: a line for each option, with what its value is, and one for the operands.
_psyncsim() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} rows value
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _psyncsim_words "$current" "$("${COMP_WORDS[0]}" __complete 2>/dev/null)"
        return
    fi
    _psyncsim_set && return
    rows=$("${COMP_WORDS[0]}" __complete "${COMP_WORDS[1]}" 2>/dev/null)
    [[ $previous == -* ]] && value=$(sed -n "s/^$previous //p" <<<"$rows")
    if [[ -z $value && $current == -* ]]; then
        _psyncsim_words "$current" "$(grep -o '^--[a-z-]*' <<<"$rows")"
        return
    fi
    case ${value:-$(sed -n 's/^operand //p' <<<"$rows")} in
    PROFILE) _psyncsim_value server "$current" ;;
    COMMAND) _psyncsim_words "$current" "$("${COMP_WORDS[0]}" __complete 2>/dev/null)" ;;
    FILE | *PATH | 'A B' | SHARD... | LAW)
        if [[ -z $value && ${COMP_WORDS[1]} != @(compare|merge|explain) ]]; then
            _psyncsim_scenarios "$current"
        else
            compopt -o default 2>/dev/null || return 0
        fi
        ;;
    FILE*) _psyncsim_scenarios "$current" ;;
    *[A-Z]*) ;;
    *) _psyncsim_words "$current" "${value//|/ }" ;;
    esac
}

complete -F _psyncsim psyncsim
