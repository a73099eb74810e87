// What the verbs about projections share when they are parsed.
#pragma once

#include "projection_requests.hpp"
#include "verb_options.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace foldline::inline v0::cli {

/// The program that gets verbs about projections, and what they are to do once they are parsed.
struct task_verbs {
    CLI::App& program;
    std::function<void(projection_request)> asked;
    std::filesystem::path usual_store;

    /// Examples name the program PROGRAM and its store STORE, followed by a space or the end of the line; where there is
    /// a usual store, they leave it out.
    [[nodiscard]] std::string examples(std::string text) const {
        const std::string store = usual_store.empty() ? " shop.db" : "";
        constexpr std::string_view placeholder = " STORE";
        for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + store.size()))
            text.replace(at, placeholder.size(), store);
        return named(std::move(text), program.get_name());
    }
};

/// A verb, and its request that options write to.
template <class Request>
struct task_verb {
    CLI::App& command;
    Request& request;
};

/// Adds a verb that is about a store. `require` throws `CLI::ParseError` for requests that make no sense.
template <class Request>
[[nodiscard]] task_verb<Request> add_task(
    const task_verbs& all, CLI::App& parent, const std::string& name, const std::string& about, const std::string& more,
    std::function<void(const Request&)> require = [](const Request&) {}) {
    CLI::App& command = *parent.add_subcommand(name, about);
    command.group("Verbs")->footer(all.examples(more));
    // CLI11 keeps the callback, and the callback the request that the options write to.
    auto request = std::make_shared<Request>();
    command.callback([request, asked = all.asked, require = std::move(require)] {
        require(*request);
        asked({std::make_shared<const projection_task>(projection_task{*request})});
    });
    if (all.usual_store.empty()) {
        add_store(command, request->store);
    } else {
        request->store = all.usual_store;
        command.add_option("--store", request->store, "The file that holds the events")
            ->type_name("FILE")
            ->capture_default_str();
    }
    return {command, *request};
}

/// Adds a verb that has verbs of its own.
[[nodiscard]] inline CLI::App& add_parent(const task_verbs& all, const std::string& name, const std::string& about,
                                          const std::string& more) {
    CLI::App& parent = *all.program.add_subcommand(name, about);
    parent.require_subcommand(1)->group("Projections")->footer(all.examples(more));
    parent.get_formatter()->label("SUBCOMMAND", "VERB");
    parent.get_formatter()->label("Subcommands", "Verbs");
    return parent;
}

inline void add_names(CLI::App& verb, std::vector<std::string>& names) {
    verb.add_option("NAME", names, "Which projections; left out, all")->type_name("...");
}
inline void add_named(CLI::App& verb, std::vector<std::string>& names) {
    verb.add_option("NAME", names, "Which projections")->required()->type_name("...");
}
inline void add_name(CLI::App& verb, std::string& name) {
    verb.add_option("NAME", name, "Which projection")->required()->type_name("");
}
inline void add_position(CLI::App& verb, global_position& position) {
    verb.add_option_function<std::string>(
            "POSITION", [&position](const std::string& text) { position = global_position{number_from(text, 1)}; },
            "The position of the event")
        ->required()
        ->type_name("");
}
inline void add_limit(CLI::App& verb, std::int64_t& limit) {
    verb.add_option_function<std::string>(
            "--limit", [&limit](const std::string& text) { limit = number_from(text, 1); },
            "At most so many; 1000 if not said")
        ->type_name("N");
}

/// `dead-letters` and its verbs.
void add_letter_verbs(const task_verbs& all);

}  // namespace foldline::inline v0::cli
