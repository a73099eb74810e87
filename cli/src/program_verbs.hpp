// What the verbs of `foldline` are added to. Only for files that parse arguments: it includes CLI11.
#pragma once

#include "command_line.hpp"
#include "completion.hpp"
#include "console.hpp"
#include "verb_options.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace foldline::inline v0::cli {

/// The verbs of a program, and which of them was asked for.
struct program_verbs {
    explicit program_verbs(const application& about) : program(about.about, about.name), self(about) {}

    CLI::App program;
    const application& self;
    asked_work asked;
    std::optional<shell> asked_shell;
};

/// A verb that `parent` gets, and its request, which options write to. Once it is parsed, `run(request, to)` is asked for;
/// `require` throws `CLI::ParseError` for requests that make no sense.
template <class Request>
struct added_verb {
    CLI::App& command;
    Request& request;
};
template <class Request>
[[nodiscard]] added_verb<Request> add_verb(
    program_verbs& all, CLI::App& parent, const std::string& name, const std::string& about, const std::string& more,
    std::function<void(const Request&)> require = [](const Request&) {}) {
    CLI::App& command = *parent.add_subcommand(name, about);
    command.group("Verbs")->footer(named(more, all.program.get_name()));
    // CLI11 keeps the callback, and the callback the request that the options write to.
    auto request = std::make_shared<Request>();
    command.callback([&all, request, require = std::move(require)] {
        require(*request);
        all.asked = [request](const console& to) { return run(*request, to); };
    });
    return {command, *request};
}
template <class Request>
[[nodiscard]] added_verb<Request> add_verb(program_verbs& all, const std::string& name, const std::string& about,
                                           const std::string& more) {
    return add_verb<Request>(all, all.program, name, about, more);
}

// The verbs, by what they are about; each in a file of its own.

/// `stats`, `streams`, `verify`, `doctor`.
void add_store_verbs(program_verbs& all);
/// `events`, `tail`.
void add_event_verbs(program_verbs& all);
/// `show`, `search`, `trace`.
void add_lookup_verbs(program_verbs& all);
/// `sql`.
void add_sql_verb(program_verbs& all);
/// `schema list`, `schema show`, `schema diff`, `schema export`.
void add_schema_verbs(program_verbs& all);
/// `schema check`, `schema history`, `schema accept`, which look into folders of a repository.
void add_schema_history_verbs(program_verbs& all, CLI::App& schema);
/// `export`, `import`, `copy`, `diff`.
void add_transfer_verbs(program_verbs& all);
/// `backup`, `restore`, `compact`.
void add_file_verbs(program_verbs& all);
/// `projections` and `dead-letters` from the files alone, or, where the application has projections, those that work on
/// them.
void add_read_model_verbs(program_verbs& all);

// What several of them offer.

void add_selection(CLI::App& verb, event_selection& which);
void add_display(CLI::App& verb, event_display& display, const choices<format>& known);
/// `--upcast`; where the application upcasts anyhow, `--as-stored`.
void add_reading(CLI::App& verb, const application& self, event_display& display);
/// A type of event as people write it: `order-placed@2`, or `order-placed` for every version.
[[nodiscard]] wanted_type type_from(const std::string& text);

}  // namespace foldline::inline v0::cli
