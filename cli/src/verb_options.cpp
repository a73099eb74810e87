#include "verb_options.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <bit>
#include <charconv>

namespace foldline::inline v0::cli {
namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

const choices<format> formats{{"text", format::text}, {"json", format::json}, {"ndjson", format::ndjson}};
const choices<format> formats_without_end{{"text", format::text}, {"ndjson", format::ndjson}};

void refuse(const std::string& value, std::string_view what) {
    throw CLI::ValidationError(fmt::format("\"{}\" is {}", shortened(value), what));
}

std::int64_t number_from(const std::string& text, std::int64_t least) {
    const auto number = whole_number<std::int64_t>(text);
    if (!number || *number < least) refuse(text, fmt::format("no whole number from {}", least));
    return *number;
}

partition partition_from(const std::string& text) {
    if (text == "all") return {};
    const auto slash = text.find('/');
    if (slash == std::string::npos) refuse(text, "no partition such as all or 3/8");
    const auto segment = whole_number<std::uint32_t>(std::string_view{text}.substr(0, slash));
    const auto count = whole_number<std::uint64_t>(std::string_view{text}.substr(slash + 1));
    if (!segment || !count || !std::has_single_bit(*count) || *count > (std::uint64_t{1} << 32U) || *segment >= *count)
        refuse(text, "no partition such as all or 3/8: the fourth of eight, and there are 2, 4, 8, ... of a size");
    return {*segment, static_cast<std::uint32_t>(*count - 1)};
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : "|") + name;
    return text;
}

CLI::Option* add_number(CLI::App& verb, const std::string& name, std::optional<std::int64_t>& into,
                        const std::string& about, std::int64_t least) {
    return add_read(verb, name, into, about, [least](const std::string& text) { return number_from(text, least); })
        ->type_name("N");
}

void add_file(CLI::App& verb, const std::string& name, std::filesystem::path& into, const std::string& about) {
    verb.add_option(name, into, about)->required()->type_name("");
}

void add_store(CLI::App& verb, std::filesystem::path& store) {
    add_file(verb, "STORE", store, "The file that holds the events");
}

void add_format(CLI::App& verb, format& shape, const choices<format>& known) {
    add_choice(verb, "--format", shape, "How it is written: for people, or for programs", known);
}

void add_format_or_json(CLI::App& verb, format& shape) {
    add_format(verb, shape);
    verb.add_flag_callback(
            "--json", [&shape] { shape = format::json; }, "The same as --format json")
        ->excludes(verb.get_option("--format"));
}

void add_unmasked(CLI::App& verb, personal_data& personal, const std::string& what) {
    verb.add_flag_callback(
        "--unmasked", [&personal] { personal = personal_data::shown; }, what + ", which are *** otherwise");
}

void add_unmasked_errors(CLI::App& verb, personal_data& personal) {
    add_unmasked(verb, personal, "Show personal data that errors quote");
}

void add_unveiling(CLI::App& verb, event_display& display) {
    verb.add_flag_callback(
        "--raw", [&display] { display.escape = escaping::off; },
        "Write control characters and the like as they are; a terminal obeys them");
    add_unmasked(verb, display.personal, "Show fields that hold personal data");
}

std::string named(std::string text, const std::string& program) {
    constexpr std::string_view placeholder = "PROGRAM";
    for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + program.size()))
        text.replace(at, placeholder.size(), program);
    return text;
}

}  // namespace foldline::inline v0::cli
