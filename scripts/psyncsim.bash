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
    if [[ ${words[last - 1]} == --set ]]; then
        compopt -o nospace 2>/dev/null
        _psyncsim_words "${words[last]}" "seed= duration= server= config. hosts. nodes. links. load. faults."
    elif ((last >= 3)) && [[ ${words[last]} == = && ${words[last - 2]} == --set ]]; then
        _psyncsim_value "${words[last - 1]}" ""
    elif ((last >= 4)) && [[ ${words[last - 1]} == = && ${words[last - 3]} == --set ]]; then
        _psyncsim_value "${words[last - 2]}" "${words[last]}"
    else
        return 1
    fi
}

_psyncsim() {
    local current=${COMP_WORDS[COMP_CWORD]} options
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _psyncsim_words "$current" "run test check size schema events profiles presets --help --version"
        return
    fi
    _psyncsim_set && return
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --trace | --svg) compopt -o default 2>/dev/null && return ;;
    --seed) return ;;
    esac
    case ${COMP_WORDS[1]} in
    run) options="--trace --json --explain --seed --set --help" ;;
    test) options="--json --verbose --help" ;;
    check) options="--set --help" ;;
    size) options="--write-rate --dataset --replicas --outages --outages-per-year --outage-kind --link --bandwidth --host --maxmemory --server --target --set --svg --plot --json --check --seed --jobs --help" ;;
    schema) options="--text --help" ;;
    events) options="--json --help" ;;
    *) options="--help" ;;
    esac
    if [[ $current == -* ]]; then
        _psyncsim_words "$current" "$options"
    elif [[ ${COMP_WORDS[1]} == @(run|test|check|size) ]]; then
        _psyncsim_scenarios "$current"
    fi
}

complete -F _psyncsim psyncsim
