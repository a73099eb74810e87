#include "command_line.hpp"

#include "completion.hpp"
#include "nearest_word.hpp"
#include "verb_options.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

// -------------------------------------------------------------------------------------------------- values of options

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

const choices<stream_order> orders{
    {"name", stream_order::name}, {"events", stream_order::events}, {"recent", stream_order::recent}};
const choices<shell> shells{{"bash", shell::bash}, {"zsh", shell::zsh}, {"fish", shell::fish}};

// ------------------------------------------------------------------------------------------------------------- options

/// The verbs of the program, and which of them was asked for.
struct parser {
    explicit parser(const application& self) : program(self.about, self.name) {}

    CLI::App program;
    std::optional<any_request> asked;
    std::optional<shell> asked_shell;
};

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

void add_display(CLI::App& verb, event_display& display, const choices<format>& known) {
    add_format(verb, display.shape, known);
    add_unveiling(verb, display);
}

void add_models(CLI::App& verb, std::filesystem::path& models) {
    verb.add_option("--models", models, "The file of the read models, if the store does not know of it")
        ->type_name("FILE");
}

// --------------------------------------------------------------------------------------------------------------- verbs

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
        add_format(command, request.shape);
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
        add_choice(command, "--sort", request.order, "By name, the number of events, or the last event", orders);
        add_format(command, request.shape);
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
        add_display(command, request.display, formats);
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
        add_display(command, request.display, formats_without_end);
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
        add_format(command, request.shape);
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
        add_format(command, request.shape);
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
        add_format(command, request.shape);
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
        add_format(command, request.shape);
    }
};

struct stored_projections_verb : verb<stored_projections_request> {
    explicit stored_projections_verb(parser& all)
        : verb(
              all, "projections", "Tell how far the read models of a store have come",
              R"(From the files alone, without the program that projects. They are found where programs have noted them, and beside
the store; --models names another one. With --check the exit code is 1 unless all are current and nothing is parked.

Examples:
  PROGRAM projections shop.db
  PROGRAM projections shop.db --models shop.db.read-models --check
  PROGRAM projections shop.db --json | jq '.[].partitions[].lag_seconds')") {
        add_store(command, request.store);
        add_models(command, request.models);
        command.add_flag_callback(
            "--check", [this] { request.health = check::on; }, "Let the exit code tell whether all is well");
        add_format_or_json(command, request.shape);
    }
};

struct stored_letters_verb : verb<stored_letters_request> {
    explicit stored_letters_verb(parser& all)
        : verb(all, "dead-letters", "Show the events that projections have set aside",
               R"(From the files alone: events are shown as they are stored, as `events` does.

Examples:
  PROGRAM dead-letters shop.db
  PROGRAM dead-letters shop.db sales --failed
  PROGRAM dead-letters shop.db --format ndjson | jq -r .error | sort | uniq -c)") {
        add_store(command, request.store);
        command.add_option("NAME", request.names, "Of which projections; left out, of all")->type_name("...");
        add_models(command, request.models);
        command.add_flag("--failed", request.failed_only, "Only those that could not be applied");
        add_read(command, "--limit", request.limit, "At most so many; 1000 if not said", [](const std::string& text) {
            return number_from(text, 1);
        })->type_name("N");
        add_format_or_json(command, request.display.shape);
        add_unveiling(command, request.display);
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

command_words words_of(const parser& all) {
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
std::string complaint_about(const CLI::ParseError& error, const parser& all) {
    const std::vector<std::string> unknown = all.program.remaining(true);
    const CLI::App& asked = asked_of(all.program);
    const bool lacks_verb = !verbs_of(asked).empty();
    if (unknown.empty()) return lacks_verb ? "say what to do: a verb is missing" : shortened(error.what());
    const bool is_verb = lacks_verb && unknown.front().rfind('-', 0) != 0;
    const std::string meant = meant_by(unknown.front(), asked);
    return fmt::format("{} \"{}\"{}", is_verb ? "there is no verb" : "did not expect", shortened(unknown.front()),
                       meant.empty() ? "" : "; did you mean " + meant + "?");
}

int wrong_usage(const parser& all, const CLI::ParseError& error, const console& to) {
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
    std::optional<stored_projections_verb> projections;
    std::optional<stored_letters_verb> letters;
    if (to.self.projections) {
        add_projection_verbs(all.program, [&all](projection_request request) { all.asked = std::move(request); });
    } else {
        projections.emplace(all);
        letters.emplace(all);
    }
    add_completion(all);

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
    if (!all.asked_shell) return *std::move(all.asked);
    fmt::print(to.out, "{}", completion_script(words_of(all), *all.asked_shell));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
