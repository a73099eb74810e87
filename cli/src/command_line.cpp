// The one file that includes CLI11, which takes a compiler five seconds.
#include "command_line.hpp"

#include "completion.hpp"
#include "nearest_word.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

// -------------------------------------------------------------------------------------------------- values of options

[[noreturn]] void refuse(const std::string& value, std::string_view what) {
    throw CLI::ValidationError(fmt::format("\"{}\" is {}", shortened(value), what));
}

std::int64_t number_from(const std::string& text, std::int64_t least) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < least)
        refuse(text, fmt::format("no whole number from {}", least));
    return number;
}

/// A type of event as people write it: `order-placed@2`, or `order-placed` for every version.
wanted_type type_from(const std::string& text) {
    const auto at = text.rfind('@');
    if (at == 0 || text.empty()) refuse(text, "no type of events");
    if (at == std::string::npos) return wanted_type::every_version_of(text);
    std::uint32_t version = 0;
    const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + text.size(), version);
    if (error != std::errc{} || end != text.data() + text.size() || version == 0)
        refuse(text, "no type of events: behind the @ stands its version");
    return event_type{std::string_view{text}.substr(0, at), version};
}

template <class Value>
using choices = std::vector<std::pair<std::string, Value>>;

const choices<format> formats{{"text", format::text}, {"json", format::json}, {"ndjson", format::ndjson}};
const choices<format> formats_without_end{{"text", format::text}, {"ndjson", format::ndjson}};
const choices<stream_order> orders{
    {"name", stream_order::name}, {"events", stream_order::events}, {"recent", stream_order::recent}};
const choices<shell> shells{{"bash", shell::bash}, {"zsh", shell::zsh}, {"fish", shell::fish}};

template <class Value>
std::vector<std::string> names_of(const choices<Value>& known) {
    std::vector<std::string> names;
    for (const auto& [name, value] : known) names.push_back(name);
    return names;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : "|") + name;
    return text;
}

template <class Value>
Value choice_from(const std::string& text, const choices<Value>& known) {
    for (const auto& [name, value] : known)
        if (name == text) return value;
    refuse(text, fmt::format("none of {}", listed(names_of(known))));
}

// ------------------------------------------------------------------------------------------------------------- options

/// The verbs of the program, and what a shell has to know of their options beside what CLI11 keeps.
struct parser {
    explicit parser(const application& self) : program(self.about, self.name) {}

    CLI::App program;
    std::optional<any_request> asked;
    std::optional<shell> asked_shell;
    std::map<const CLI::Option*, std::vector<std::string>> values;
};

/// Adds an option whose text becomes a value by `read`, which throws `CLI::ValidationError`.
template <class Value, class Read>
CLI::Option* add_read(CLI::App& verb, const std::string& name, Value& into, const std::string& about, Read read) {
    return verb.add_option_function<std::string>(
        name, [&into, read](const std::string& text) { into = Value{read(text)}; }, about);
}

template <class Value>
CLI::Option* add_choice(parser& all, CLI::App& verb, const std::string& name, Value& into, const std::string& about,
                        const choices<Value>& known) {
    CLI::Option* option =
        add_read(verb, name, into, about, [&known](const std::string& text) { return choice_from(text, known); });
    option->type_name(listed(names_of(known)));
    all.values[option] = names_of(known);
    return option;
}

void add_number(CLI::App& verb, const std::string& name, std::optional<std::int64_t>& into, const std::string& about,
                std::int64_t least) {
    add_read(verb, name, into, about, [least](const std::string& text) {
        return number_from(text, least);
    })->type_name("N");
}

void add_file(CLI::App& verb, const std::string& name, std::filesystem::path& into, const std::string& about) {
    verb.add_option(name, into, about)->required()->type_name("");
}

void add_store(CLI::App& verb, std::filesystem::path& store) {
    add_file(verb, "STORE", store, "The file that holds the events");
}

void add_format(parser& all, CLI::App& verb, format& shape, const choices<format>& known = formats) {
    add_choice(all, verb, "--format", shape, "How it is written: for people, or for programs", known);
}

void add_selection(CLI::App& verb, event_selection& which) {
    auto* stream = add_read(verb, "--stream", which.stream, "Only this stream: order-1234",
                            [](const std::string& text) { return stream_id::parse(text); });
    auto* category = verb.add_option("--category", which.category, "Only streams of this category: order");
    verb.add_option_function<std::vector<std::string>>(
            "--type",
            [&which](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) which.types.push_back(type_from(text));
            },
            "Only this type, order-placed or order-placed@2; may be given again")
        ->allow_extra_args(false)
        ->type_name("TYPE");
    verb.add_option("--correlation", which.correlation, "Only what one outside request set off")->type_name("ID");
    stream->type_name("STREAM")->excludes(category->type_name("NAME"));
}

void add_display(parser& all, CLI::App& verb, event_display& display, const choices<format>& known) {
    add_format(all, verb, display.shape, known);
    verb.add_flag_callback(
        "--raw", [&display] { display.escape = escaping::off; },
        "Write control characters and the like as they are; a terminal obeys them");
    verb.add_flag_callback(
        "--unmasked", [&display] { display.personal = personal_data::shown; },
        "Show fields that hold personal data, which are *** otherwise");
}

// --------------------------------------------------------------------------------------------------------------- verbs

/// `PROGRAM` in a text stands for the name of the program.
std::string named(std::string text, const std::string& program) {
    constexpr std::string_view placeholder = "PROGRAM";
    for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + program.size()))
        text.replace(at, placeholder.size(), program);
    return text;
}

/// A verb of the program: once it is parsed, `asked` has its request.
template <class Request>
class verb {
public:
    verb(parser& all, const std::string& name, const std::string& about, const std::string& more)
        : command(*all.program.add_subcommand(name, about)) {
        command.group("Verbs")->footer(named(more, all.program.get_name()));
        command.callback([this, &all] { all.asked = request; });
    }
    verb(const verb&) = delete;
    verb& operator=(const verb&) = delete;

    CLI::App& command;
    Request request;
};

struct stats_verb : verb<stats_request> {
    explicit stats_verb(parser& all)
        : verb(all, "stats", "Tell how large a store is, and of what",
               R"(Examples:
  PROGRAM stats shop.db
  PROGRAM stats shop.db --format json | jq .events)") {
        add_store(command, request.store);
        add_format(all, command, request.shape);
    }
};

struct streams_verb : verb<streams_request> {
    explicit streams_verb(parser& all)
        : verb(all, "streams", "List the streams",
               R"(Examples:
  PROGRAM streams shop.db --category order
  PROGRAM streams shop.db --sort events --limit 10     the longest ones
  PROGRAM streams shop.db --sort recent --limit 10     those that changed last)") {
        add_store(command, request.store);
        command.add_option("--category", request.category, "Only streams of this category")->type_name("NAME");
        add_number(command, "--limit", request.limit, "At most so many", 1);
        add_choice(all, command, "--sort", request.order, "By name, the number of events, or the last event", orders);
        add_format(all, command, request.shape);
    }
};

struct events_verb : verb<events_request> {
    explicit events_verb(parser& all)
        : verb(
              all, "events", "Show events with what they say",
              R"(Payloads are read by the schema that the file keeps of each type. What has no schema, or does not fit it, is shown as
base64. --after and --before count versions where --stream is given, else positions.

Examples:
  PROGRAM events shop.db --stream order-1234
  PROGRAM events shop.db --type order-placed --backward --limit 5     the last five
  PROGRAM events shop.db --category order --format ndjson | jq -r .stream)") {
        add_store(command, request.store);
        add_selection(command, request.which);
        add_number(command, "--after", request.which.after, "Only events beyond this one", 0);
        add_number(command, "--before", request.which.before, "Only events before this one", 1);
        command.add_flag_callback(
            "--backward", [this] { request.direction = read_direction::backward; }, "The last one first");
        add_number(command, "--limit", request.which.limit, "At most so many", 1);
        add_display(all, command, request.display, formats);
    }
};

struct tail_verb : verb<tail_request> {
    explicit tail_verb(parser& all)
        : verb(all, "tail", "Show events, and go on as more are stored",
               R"(Shows what is there and then waits for more, until Ctrl-C ends it. As `events` otherwise.

Examples:
  PROGRAM tail shop.db --from-now
  PROGRAM tail shop.db --after 4711 --type order-placed
  PROGRAM tail shop.db --format ndjson | while read -r event; do ...; done)") {
        add_store(command, request.store);
        add_selection(command, request.which);
        auto* now = command.add_flag_callback(
            "--from-now", [this] { request.start = tail_start::now; }, "Only what is stored from now on");
        add_number(command, "--after", request.which.after, "Only events beyond this one", 0);
        now->excludes(command.get_option("--after"));
        add_number(command, "--limit", request.which.limit, "End after so many", 1);
        add_display(all, command, request.display, formats_without_end);
    }
};

struct verify_verb : verb<verify_request> {
    explicit verify_verb(parser& all)
        : verb(
              all, "verify", "Look at every byte of a store that means something",
              R"(Checksums, versions and positions without holes, and all that must agree with the events. The store may be written to
meanwhile. The exit code is 6 if something is wrong.

Examples:
  PROGRAM verify shop.db
  PROGRAM verify shop.db --format json > findings.json || echo damaged)") {
        add_store(command, request.store);
        add_read(command, "--most", request.most_findings, "Show so many findings; 100 if not said",
                 [](const auto& text) { return number_from(text, 1); })
            ->type_name("N");
        add_format(all, command, request.shape);
    }
};

struct backup_verb : verb<backup_request> {
    explicit backup_verb(parser& all)
        : verb(all, "backup", "Copy a store while it is written to",
               R"(FILE must not exist. It is there only when it is whole, synced and verified.

Examples:
  PROGRAM backup shop.db "shop-$(date +%F).db"
  PROGRAM backup shop.db /mnt/backup/shop.db && echo safe)") {
        add_store(command, request.store);
        add_file(command, "FILE", request.file, "The backup to be made");
        add_format(all, command, request.shape);
    }
};

struct restore_verb : verb<restore_request> {
    explicit restore_verb(parser& all)
        : verb(
              all, "restore", "Make a store of a backup",
              R"(STORE must not exist. It has a new history: read models of the old one refuse to go on from checkpoints that this one
may never have had, and are to be rebuilt.

Examples:
  PROGRAM restore shop-2010-12-01.db shop.db
  PROGRAM restore /mnt/backup/shop.db trial.db && PROGRAM stats trial.db)") {
        add_file(command, "FILE", request.file, "The backup");
        add_file(command, "STORE", request.store, "The store to be made");
        add_format(all, command, request.shape);
    }
};

struct compact_verb : verb<compact_request> {
    explicit compact_verb(parser& all)
        : verb(all, "compact", "Move the write-ahead log into the file",
               R"(Nobody else may write meanwhile. Events are never removed.

Examples:
  PROGRAM compact shop.db
  PROGRAM compact shop.db && cp shop.db elsewhere/)") {
        add_store(command, request.store);
    }
};

struct doctor_verb : verb<doctor_request> {
    explicit doctor_verb(parser& all)
        : verb(
              all, "doctor", "Look whether the surroundings of a store are what it needs",
              R"(The version of SQLite, the file system, permissions, free space. Changes nothing, and does not need the file to be
sound. The exit code is 1 if something is bad.

Examples:
  PROGRAM doctor shop.db
  PROGRAM doctor shop.db --format ndjson | jq 'select(.state != "good")')") {
        add_store(command, request.store);
        add_format(all, command, request.shape);
    }
};

void add_completion(parser& all) {
    CLI::App& command = *all.program.add_subcommand("completion", "Print the script that teaches a shell to complete");
    command.group("Verbs")->footer(named(R"(Examples:
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

command_words::verb words_of(const CLI::App& verb, const parser& all) {
    command_words::verb words{verb.get_name(), verb.get_description()};
    for (const CLI::Option* option : verb.get_options([](const CLI::Option* each) { return each->nonpositional(); })) {
        const auto values = all.values.find(option);
        words.options.push_back({"--" + option->get_lnames().front(), option->get_description(),
                                 option->get_items_expected_max() > 0,
                                 values == all.values.end() ? std::vector<std::string>{} : values->second});
    }
    if (words.name == "completion") words.words = names_of(shells);
    return words;
}

command_words words_of(const parser& all) {
    command_words words{all.program.get_name(), {}};
    for (const CLI::App* verb : verbs_of(all.program)) words.verbs.push_back(words_of(*verb, all));
    return words;
}

// ------------------------------------------------------------------------------------------------------------- answers

/// The verb that was asked for; the program where there was none.
const CLI::App& asked_of(const CLI::App& program) {
    const auto verbs = program.get_subcommands();
    return verbs.empty() ? program : *verbs.front();
}

std::string help_of(const CLI::App& program) {
    const CLI::App& asked = asked_of(program);
    return &asked == &program ? program.help() : asked.help(program.get_name());
}

std::string meant_by(const std::string& typed, const parser& all) {
    const CLI::App& asked = asked_of(all.program);
    std::vector<std::string> known;
    for (const auto& verb : words_of(all).verbs) {
        if (&asked == &all.program) known.push_back(verb.name);
        if (verb.name != asked.get_name()) continue;
        for (const auto& option : verb.options) known.push_back(option.name);
    }
    return nearest_word(typed.substr(0, typed.find('=')), known);
}

/// What is wrong with the arguments, in one sentence.
std::string complaint_about(const CLI::ParseError& error, const parser& all) {
    const std::vector<std::string> unknown = all.program.remaining(true);
    const bool has_verb = &asked_of(all.program) != &all.program;
    if (unknown.empty()) return has_verb ? shortened(error.what()) : "say what to do: a verb is missing";
    const bool is_verb = !has_verb && unknown.front().rfind('-', 0) != 0;
    const std::string meant = meant_by(unknown.front(), all);
    return fmt::format("{} \"{}\"{}", is_verb ? "there is no verb" : "did not expect", shortened(unknown.front()),
                       meant.empty() ? "" : "; did you mean " + meant + "?");
}

int wrong_usage(const parser& all, const CLI::ParseError& error, const console& to) {
    to.fail(exit_code::wrong_usage, complaint_about(error, all));
    const CLI::App& asked = asked_of(all.program);
    const std::string verb = &asked == &all.program ? "" : asked.get_name() + " ";
    fmt::print(to.err, "See: {} {}--help\n", printable(all.program.get_name()), verb);
    return exit_code::wrong_usage;
}

constexpr const char* about_the_program =
    R"(Exit codes: 0 ok, 1 failed or something is bad, 2 wrong usage, 3 no such store or stream, 4 conflict, 5 no store, or of
            a newer version, 6 damaged, 7 in use, 130 interrupted.

Data goes to stdout, all the rest to stderr. NO_COLOR and CLICOLOR_FORCE are heeded.

Try:
  PROGRAM stats shop.db      then    PROGRAM events shop.db --limit 5
  PROGRAM VERB --help        explains a verb, with examples)";

void describe(CLI::App& program, const application& self) {
    program.require_subcommand(1);
    program.get_formatter()->label("SUBCOMMAND", "VERB");
    program.footer(named(about_the_program, self.name));
    if (!self.version.empty())
        program.set_version_flag("--version", self.name + " " + self.version, "Tell the version");
}

}  // namespace

std::variant<any_request, int> read_command_line(int argc, const char* const* argv, const console& to) {
    parser all{to.self};
    describe(all.program, to.self);
    const stats_verb stats{all};
    const streams_verb streams{all};
    const events_verb events{all};
    const tail_verb tail{all};
    const verify_verb verify{all};
    const backup_verb backup{all};
    const restore_verb restore{all};
    const compact_verb compact{all};
    const doctor_verb doctor{all};
    add_completion(all);

    try {
        all.program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        fmt::print(to.out, "{}", help_of(all.program));
        return exit_code::ok;
    } catch (const CLI::CallForVersion& version) {
        fmt::print(to.out, "{}\n", version.what());
        return exit_code::ok;
    } catch (const CLI::ParseError& error) {
        return wrong_usage(all, error, to);
    }
    if (!all.asked_shell) return *std::move(all.asked);
    fmt::print(to.out, "{}", completion_script(words_of(all), *all.asked_shell));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
