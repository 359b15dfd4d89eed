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

_psyncsim() {
    local current=${COMP_WORDS[COMP_CWORD]} options
    local session="--trace --raw --profile --user --password-file --for --drop-after --away --times --help"
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _psyncsim_words "$current" "run test check live compare size sweep merge probe replica master schema events profiles presets --help --version"
        return
    fi
    _psyncsim_set && return
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --trace | --server | --rdb | --password-file | --output | --svg | --conf | --info | --series | --outages) compopt -o default 2>/dev/null && return ;;
    --format) _psyncsim_words "$current" "csv ndjson" && return ;;
    --profile) _psyncsim_value server "$current" && return ;;
    --seed | --user | --for | --drop-after | --away | --times | --ask | --timeout | --announce-port | --announce-ip | \
        --port | --bind | --save | --rate | --value | --backlog | --ping | --replid | \
        --seeds | --jobs | --shard | --every | --time-tolerance) return ;;
    esac
    case ${COMP_WORDS[1]} in
    run) options="--trace --json --explain --seed --set --conf --help" ;;
    live) options="--server --trace --json --explain --seed --set --help" ;;
    compare) options="--json --time-tolerance --help" ;;
    test) options="--json --verbose --help" ;;
    check) options="--set --help" ;;
    replica) options="--ask --retry --timeout --announce-port --announce-ip --tls $session" ;;
    master) options="--port --bind --rdb --diskless --save --rate --value --backlog --ping --timeout --replid $session" ;;
    sweep) options="--vary --seeds --set --output --format --per-node --compare --jobs --shard --unchecked --help" ;;
    probe) options="--for --every --output --user --password-file --tls --cacert --cert --key --sni --help" ;;
    merge) options="--output --format --compare --svg --plot --json --jobs --help" ;;
    size) options="--write-rate --dataset --replicas --outages --outages-per-year --outage-kind --link --bandwidth --host --maxmemory --server --conf --info --series --target --set --svg --plot --json --check --seed --jobs --shard --output --help" ;;
    schema) options="--text --help" ;;
    events) options="--json --help" ;;
    *) options="--help" ;;
    esac
    if [[ $current == -* ]]; then
        _psyncsim_words "$current" "$options"
    elif [[ ${COMP_WORDS[1]} == @(run|test|check|live|size|sweep) ]]; then
        _psyncsim_scenarios "$current"
    elif [[ ${COMP_WORDS[1]} == @(merge|compare) ]]; then
        compopt -o default 2>/dev/null || return 0
    fi
}

complete -F _psyncsim psyncsim
