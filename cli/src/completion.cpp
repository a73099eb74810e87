#include "completion.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string names_of(const std::vector<command_words::option>& options) {
    std::vector<std::string> names;
    for (const auto& each : options) names.push_back(each.name);
    return joined(names);
}

bool belongs_to_another(const command_words::verb& verb) { return verb.name.find(' ') != std::string::npos; }

/// Those that stand first on a line.
std::vector<std::string> first_verbs(const command_words& words) {
    std::vector<std::string> names;
    for (const auto& verb : words.verbs)
        if (!belongs_to_another(verb)) names.push_back(verb.name);
    return names;
}

/// `projections|dead-letters`, for a `case`; a pattern that nothing matches where no verb has verbs.
std::string verbs_with_verbs(const command_words& words) {
    std::string pattern;
    for (const auto& verb : words.verbs)
        if (verb.has_verbs) pattern += (pattern.empty() ? "" : "|") + verb.name;
    return pattern.empty() ? "''" : pattern;
}

/// For the names of a shell's functions.
std::string identifier_of(std::string name) {
    std::replace_if(
        name.begin(), name.end(),
        [](char c) { return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')); }, '_');
    return name;
}

/// Between single quotes; `at_quote` is what the shell writes for one inside them.
std::string quoted(std::string_view text, std::string_view at_quote) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') result += at_quote;
        else result += c;
    }
    return result + "'";
}

std::string in_bash(std::string_view text) { return quoted(text, R"('\'')"); }

// ----------------------------------------------------------------------------------------------------------------- bash

/// `events:--format` and the values that may follow, for each option that has some.
std::string bash_values(const command_words& words) {
    std::string cases;
    for (const auto& verb : words.verbs)
        for (const auto& option : verb.options)
            if (!option.values.empty())
                cases += fmt::format("        {}) candidates={} ;;\n", in_bash(verb.name + ":" + option.name),
                                     in_bash(joined(option.values)));
    return cases;
}

std::string bash_options_with_values(const command_words& words) {
    std::vector<std::string> patterns;
    for (const auto& verb : words.verbs)
        for (const auto& option : verb.options)
            if (option.takes_value) patterns.push_back(in_bash(verb.name + ":" + option.name));
    std::string text;
    for (const std::string& each : patterns) text += (text.empty() ? "" : "|") + each;
    return text;
}

std::string bash_verbs(const command_words& words) {
    std::string cases;
    for (const auto& verb : words.verbs)
        cases += fmt::format("        {}) options={} words={} ;;\n", in_bash(verb.name),
                             in_bash(names_of(verb.options)), in_bash(joined(verb.words)));
    return cases;
}

/// `compopt` is not there outside a completion, and not in the bash of every machine.
std::string bash_script(const command_words& words) {
    return fmt::format(R"(# bash completion for {0}; load it with: source <({0} completion bash)
_{1}_completion() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" verb="" candidates="" i
    local options="" words=""
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${{COMP_WORDS[i]}}" in
        -*) ;;
        *) verb="${{COMP_WORDS[i]}}"; break ;;
        esac
    done
    if [[ -z $verb ]]; then
        COMPREPLY=($(compgen -W {2} -- "$current"))
        return
    fi
    case "$verb" in
        {7})
            for ((i++; i < COMP_CWORD; i++)); do
                case "${{COMP_WORDS[i]}}" in
                -*) ;;
                *) verb="$verb ${{COMP_WORDS[i]}}"; break ;;
                esac
            done ;;
    esac
    case "$verb:$previous" in
{3}        {4}) return ;;
    esac
    if [[ -n $candidates ]]; then
        COMPREPLY=($(compgen -W "$candidates" -- "$current"))
        return
    fi
    case "$verb" in
{5}    esac
    if [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    elif [[ -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$current"))
    else
        compopt -o filenames 2>/dev/null
        local IFS=$'\n'
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}}
complete -F _{1}_completion {6}
)",
                       words.program, identifier_of(words.program), in_bash(joined(first_verbs(words)) + " --help"),
                       bash_values(words), bash_options_with_values(words), bash_verbs(words), in_bash(words.program),
                       verbs_with_verbs(words));
}

// ------------------------------------------------------------------------------------------------------------------ zsh

/// In a description `[` and `]` end it, and `:` divides the parts of an argument.
std::string zsh_text(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_option(const command_words::option& option) {
    std::string text = fmt::format("{}[{}]", option.name, zsh_text(option.about));
    if (option.takes_value)
        text += option.values.empty() ? ":value: " : fmt::format(":value:({})", joined(option.values));
    return in_bash(text);
}

std::string zsh_cases(const command_words& words) {
    std::string cases;
    for (const auto& verb : words.verbs) {
        cases += fmt::format("        {})\n            _arguments \\\n", in_bash(verb.name));
        for (const auto& option : verb.options) cases += fmt::format("                {} \\\n", zsh_option(option));
        cases += verb.words.empty() ? "                '*:file:_files' ;;\n"
                                    : fmt::format("                ':word:({})' ;;\n", joined(verb.words));
    }
    return cases;
}

std::string zsh_script(const command_words& words) {
    std::string verbs;
    for (const auto& verb : words.verbs)
        if (!belongs_to_another(verb))
            verbs += fmt::format("        {}\n", in_bash(zsh_text(verb.name) + ":" + zsh_text(verb.about)));
    return fmt::format(R"(#compdef {0}
# zsh completion for {0}; load it with: source <({0} completion zsh)
_{1}_completion() {{
    local -a verbs
    verbs=(
{2}    )
    if (( CURRENT == 2 )); then
        _describe -t verbs verb verbs
        return
    fi
    local verb="${{words[2]}}"
    shift words
    (( CURRENT-- ))
    case "$verb" in
        {5})
            if (( CURRENT > 2 )); then
                verb="$verb ${{words[2]}}"
                shift words
                (( CURRENT-- ))
            fi ;;
    esac
    case "$verb" in
{3}    esac
}}
compdef _{1}_completion {4}
)",
                       words.program, identifier_of(words.program), verbs, zsh_cases(words), in_bash(words.program),
                       verbs_with_verbs(words));
}

// ----------------------------------------------------------------------------------------------------------------- fish

std::string in_fish(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\\') escaped += '\\';
        escaped += c;
    }
    return quoted(escaped, R"(\')");
}

std::string fish_option(const std::string& program, const std::string& condition, const command_words::option& option) {
    std::string line = fmt::format("complete -c {} -n {} -l {} -d {}", program, condition, option.name.substr(2),
                                   in_fish(option.about));
    if (option.takes_value) line += " -x";
    if (!option.values.empty()) line += " -a " + in_fish(joined(option.values));
    return line + "\n";
}

/// That the line has each word of the verb's name, and none of the verbs that may follow.
std::string fish_condition(const command_words::verb& verb) {
    std::string condition = "__fish_seen_subcommand_from ";
    for (const char c : verb.name)
        condition += c == ' ' ? std::string("; and __fish_seen_subcommand_from ") : std::string{c};
    if (verb.has_verbs) condition += "; and not __fish_seen_subcommand_from " + joined(verb.words);
    return in_fish(condition);
}

std::string fish_script(const command_words& words) {
    const std::string program = in_fish(words.program);
    std::string script =
        fmt::format("# fish completion for {0}; load it with: {0} completion fish | source\n", words.program);
    for (const auto& verb : words.verbs) {
        if (!belongs_to_another(verb))
            script += fmt::format("complete -c {} -n __fish_use_subcommand -f -a {} -d {}\n", program, verb.name,
                                  in_fish(verb.about));
        const std::string condition = fish_condition(verb);
        for (const auto& option : verb.options) script += fish_option(program, condition, option);
        if (!verb.words.empty())
            script += fmt::format("complete -c {} -n {} -f -a {}\n", program, condition, in_fish(joined(verb.words)));
    }
    return script;
}

}  // namespace

std::string completion_script(const command_words& words, shell which) {
    switch (which) {
        case shell::bash: return bash_script(words);
        case shell::zsh: return zsh_script(words);
        case shell::fish: return fish_script(words);
    }
    return {};
}

}  // namespace foldline::inline v0::cli
