# SPDX-License-Identifier: Apache-2.0
# Completion of discern for fish. What may follow comes from the program itself: discern --complete.
function __discern_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l last $words[-1]
    set -l before ''
    string match -q -- '-*=*' $last; and set before (string replace -r '=.*' '=' -- $last)
    for line in ($words[1] --complete $words[2..-1] 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path (string replace -- "$before" '' $last)
            case ':folders*'
                __fish_complete_directories (string replace -- "$before" '' $last)
            case '*'
                echo "$before$line"
        end
    end
end
complete -c discern -f -a '(__discern_complete)'
