#include "command_line.hpp"

#include "completion.hpp"
#include "program_verbs.hpp"

#include <foldline/cli/printable.hpp>
#include <foldline/core/nearest_word.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

const choices<shell> shells{{"bash", shell::bash}, {"zsh", shell::zsh}, {"fish", shell::fish}};

void add_completion(program_verbs& all) {
    CLI::App& command = *all.program.add_subcommand("completion", "Print the script that teaches a shell to complete");
    command.footer(named(R"(Examples:
  source <(PROGRAM completion bash)        in ~/.bashrc
  source <(PROGRAM completion zsh)         in ~/.zshrc
  PROGRAM completion fish | source         in config.fish)",
                         all.program.get_name()));
    add_read(command, "SHELL", all.asked_shell, "bash, zsh or fish",
             [](const std::string& text) { return choice_from(text, shells); })
        ->required()
        ->type_name("");
}

// ---------------------------------------------------------------------------------------------------------- completion

std::vector<const CLI::App*> verbs_of(const CLI::App& program) {
    return program.get_subcommands([](const CLI::App*) { return true; });
}

/// What may follow an option that has choices: its type's name lists them.
std::vector<std::string> values_of(const CLI::Option& option) {
    std::vector<std::string> values{""};
    for (const char c : option.get_type_name())
        if (c == '|') values.emplace_back();
        else values.back() += c;
    return values.size() > 1 ? values : std::vector<std::string>{};
}

command_words::verb words_of(const CLI::App& verb, const std::string& name) {
    command_words::verb words{name, verb.get_description()};
    for (const CLI::Option* option : verb.get_options([](const CLI::Option* each) { return each->nonpositional(); }))
        words.options.push_back({"--" + option->get_lnames().front(), option->get_description(),
                                 option->get_items_expected_max() > 0, values_of(*option)});
    for (const CLI::App* inside : verbs_of(verb)) words.words.push_back(inside->get_name());
    words.has_verbs = !words.words.empty();
    if (name == "completion") words.words = names_of(shells);
    return words;
}

/// A verb that has verbs of its own stands before those.
void add_words(std::vector<command_words::verb>& words, const CLI::App& parent, const std::string& prefix) {
    for (const CLI::App* verb : verbs_of(parent)) {
        const std::string name = prefix + verb->get_name();
        words.push_back(words_of(*verb, name));
        add_words(words, *verb, name + " ");
    }
}

command_words words_of(const program_verbs& all) {
    command_words words{all.program.get_name(), {}};
    add_words(words.verbs, all.program, "");
    return words;
}

// ------------------------------------------------------------------------------------------------------------- answers

/// The verb that was asked for, as far as it was told; the program where there was none.
const CLI::App& asked_of(const CLI::App& program) {
    const auto verbs = program.get_subcommands();
    return verbs.empty() ? program : asked_of(*verbs.front());
}

/// `projections status `; empty for the program.
std::string path_to(const CLI::App& verb) {
    return verb.get_parent() ? path_to(*verb.get_parent()) + verb.get_name() + " " : std::string{};
}

std::string meant_by(const std::string& typed, const CLI::App& asked) {
    std::vector<std::string> known;
    for (const CLI::App* verb : verbs_of(asked)) known.push_back(verb->get_name());
    for (const auto& option : words_of(asked, asked.get_name()).options) known.push_back(option.name);
    return nearest_word(typed.substr(0, typed.find('=')), known);
}

/// What is wrong with the arguments, in one sentence.
std::string complaint_about(const CLI::ParseError& error, const program_verbs& all) {
    const std::vector<std::string> unknown = all.program.remaining(true);
    const CLI::App& asked = asked_of(all.program);
    const bool lacks_verb = !verbs_of(asked).empty();
    if (unknown.empty()) return lacks_verb ? "say what to do: a verb is missing" : shortened(error.what());
    const bool is_verb = lacks_verb && unknown.front().rfind('-', 0) != 0;
    const std::string meant = meant_by(unknown.front(), asked);
    return fmt::format("{} \"{}\"{}", is_verb ? "there is no verb" : "did not expect", shortened(unknown.front()),
                       meant.empty() ? "" : "; did you mean " + meant + "?");
}

int wrong_usage(const program_verbs& all, const CLI::ParseError& error, const console& to) {
    to.fail(exit_code::wrong_usage, complaint_about(error, all));
    fmt::print(to.err, "See: {} {}--help\n", printable(all.program.get_name()), path_to(asked_of(all.program)));
    return exit_code::wrong_usage;
}

constexpr const char* about_the_program =
    R"(Exit codes: 0 ok, 1 failed or something is bad, 2 wrong usage, 3 no such store, stream or projection, 4 conflict, 5 no
            store, or of a newer version, 6 damaged, 7 in use, 130 interrupted.

Data goes to stdout, all the rest to stderr. NO_COLOR and CLICOLOR_FORCE are heeded.

Try:
  PROGRAM stats shop.db      then    PROGRAM events shop.db --limit 5
  PROGRAM VERB --help        explains a verb, with examples)";

/// What a verb is about: in the help of the program it stands there.
std::string group_of(const std::string& verb) {
    const std::pair<const char*, std::vector<std::string>> groups[]{
        {"Events", {"events", "tail", "show", "search", "trace", "sql"}},
        {"Stores", {"stats", "streams", "verify", "doctor"}},
        {"Schemas", {"schema"}},
        {"Copies", {"backup", "restore", "compact", "export", "import", "copy", "diff"}},
        {"Projections", {"follow", "projections", "dead-letters"}}};
    for (const auto& [group, verbs] : groups)
        if (std::find(verbs.begin(), verbs.end(), verb) != verbs.end()) return group;
    return "Verbs";
}

void group_verbs(CLI::App& program) {
    for (CLI::App* verb : program.get_subcommands([](CLI::App*) { return true; }))
        verb->group(group_of(verb->get_name()));
}

void describe(CLI::App& program, const application& self) {
    program.require_subcommand(1);
    program.get_formatter()->label("SUBCOMMAND", "VERB");
    program.footer(named(about_the_program, self.name));
    if (!self.version.empty())
        program.set_version_flag("--version", self.name + " " + self.version, "Tell the version");
}

}  // namespace

std::variant<asked_work, int> read_command_line(int argc, const char* const* argv, const console& to) {
    program_verbs all{to.self};
    describe(all.program, to.self);
    add_event_verbs(all);
    add_lookup_verbs(all);
    add_sql_verb(all);
    add_store_verbs(all);
    add_schema_verbs(all);
    add_file_verbs(all);
    add_transfer_verbs(all);
    add_read_model_verbs(all);
    add_completion(all);
    group_verbs(all.program);

    try {
        all.program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        fmt::print(to.out, "{}", all.program.help());
        return exit_code::ok;
    } catch (const CLI::CallForVersion& version) {
        fmt::print(to.out, "{}\n", version.what());
        return exit_code::ok;
    } catch (const CLI::ParseError& error) {
        return wrong_usage(all, error, to);
    }
    if (!all.asked_shell) return std::move(all.asked);
    fmt::print(to.out, "{}", completion_script(words_of(all), *all.asked_shell));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
