// What verbs are made of. Includes CLI11, which takes a compiler five seconds: only for files that parse arguments.
#pragma once

#include "requests.hpp"

#include <foldline/projections/partition.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {

// -------------------------------------------------------------------------------------------------- values of options

/// Throws `CLI::ValidationError`, as do all that follow: `"VALUE" is WHAT`.
[[noreturn]] void refuse(const std::string& value, std::string_view what);

[[nodiscard]] std::int64_t number_from(const std::string& text, std::int64_t least);
/// As `to_string` writes it: `all`, or `3/8`.
[[nodiscard]] partition partition_from(const std::string& text);

template <class Value>
using choices = std::vector<std::pair<std::string, Value>>;

extern const choices<format> formats;
extern const choices<format> formats_without_end;

template <class Value>
[[nodiscard]] std::vector<std::string> names_of(const choices<Value>& known) {
    std::vector<std::string> names;
    for (const auto& [name, value] : known) names.push_back(name);
    return names;
}

/// `text|json|ndjson`.
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

template <class Value>
[[nodiscard]] Value choice_from(const std::string& text, const choices<Value>& known) {
    for (const auto& [name, value] : known)
        if (name == text) return value;
    refuse(text, "none of " + listed(names_of(known)));
}

// ------------------------------------------------------------------------------------------------------------- options

/// Adds an option whose text becomes a value by `read`, which throws `CLI::ValidationError`.
template <class Value, class Read>
CLI::Option* add_read(CLI::App& verb, const std::string& name, Value& into, const std::string& about, Read read) {
    return verb.add_option_function<std::string>(
        name, [&into, read](const std::string& text) { into = Value{read(text)}; }, about);
}

/// Its type's name lists the choices, which is where completion has them from.
template <class Value>
CLI::Option* add_choice(CLI::App& verb, const std::string& name, Value& into, const std::string& about,
                        const choices<Value>& known) {
    return add_read(verb, name, into, about, [&known](const std::string& text) { return choice_from(text, known); })
        ->type_name(listed(names_of(known)));
}

CLI::Option* add_number(CLI::App& verb, const std::string& name, std::optional<std::int64_t>& into,
                        const std::string& about, std::int64_t least);
void add_file(CLI::App& verb, const std::string& name, std::filesystem::path& into, const std::string& about);
/// The first argument.
void add_store(CLI::App& verb, std::filesystem::path& store);
void add_format(CLI::App& verb, format& shape, const choices<format>& known = formats);
/// The same, and `--json` in short.
void add_format_or_json(CLI::App& verb, format& shape);
/// `--unmasked`, of what: "Show fields that hold personal data".
void add_unmasked(CLI::App& verb, personal_data& personal, const std::string& what);
/// The same of errors.
void add_unmasked_errors(CLI::App& verb, personal_data& personal);
/// `--raw` and `--unmasked`.
void add_unveiling(CLI::App& verb, event_display& display);

/// `PROGRAM` in a text stands for the name of the program.
[[nodiscard]] std::string named(std::string text, const std::string& program);

}  // namespace foldline::inline v0::cli
