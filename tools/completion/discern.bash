# SPDX-License-Identifier: Apache-2.0
# Completion of discern for bash. What may follow comes from the program itself: discern --complete.
_discern() {
    local word joined= line candidate words=()
    # bash cuts words at "="; put them together again
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if ((${#words[@]} > 0)) && { [[ $word == "=" || $joined == *= ]]; }; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        joined=${words[${#words[@]} - 1]}
    done
    ((${#words[@]} > 0)) || words=("")
    local last=${words[${#words[@]} - 1]}
    local typed=${last##*=} before= # bash wants only what stands after the last "="
    [[ $last == *=* && $last != -* ]] && before=${last%=*}=
    COMPREPLY=()
    while IFS=$'\t' read -r line _; do
        case $line in
        :files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$typed")) ;;
        :folders) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$typed")) ;;
        *)
            candidate=${line#"$before"}
            [[ $candidate == *= ]] && compopt -o nospace 2>/dev/null
            COMPREPLY+=("$candidate")
            ;;
        esac
    done < <("${COMP_WORDS[0]/#\~/$HOME}" --complete "${words[@]}" 2>/dev/null)
}
complete -F _discern discern
