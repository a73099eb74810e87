// `show`, `search` and `trace`.

#include "event_address.hpp"
#include "program_verbs.hpp"
#include "verbs.hpp"

#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

struct comparison_sign {
    std::string_view sign;
    comparison how;
};
// Longer ones first.
constexpr comparison_sign signs[]{{"!=", comparison::unequal},  {"<=", comparison::at_most},
                                  {">=", comparison::at_least}, {"==", comparison::equal},
                                  {"=", comparison::equal},     {"<", comparison::less},
                                  {">", comparison::greater},   {"~", comparison::contains}};

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Quotes keep blanks at the ends.
std::string unquoted(const std::string& text) {
    const bool is_quoted = text.size() > 1 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0];
    return is_quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_path(const std::string& text) {
    constexpr std::string_view known = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    return !text.empty() && text.find_first_not_of(known) == std::string::npos && text.front() != '.' &&
           text.back() != '.' && text.find("..") == std::string::npos;
}

field_condition condition_from(const std::string& text) {
    const auto at = text.find_first_of("!<>=~");
    if (at != std::string::npos)
        for (const auto& [sign, how] : signs) {
            if (text.compare(at, sign.size(), sign) != 0) continue;
            field_condition found{trimmed(text.substr(0, at)), how, unquoted(trimmed(text.substr(at + sign.size())))};
            if (is_path(found.path)) return found;
            break;
        }
    refuse(text, "no condition such as 'address.country = France', with = != < <= > >= or ~");
}

timestamp time_from(const std::string& text) {
    if (const auto time = parse_timestamp(text)) return *time;
    refuse(text, "no time such as 2010-12-01 or 2010-12-01T08:26, in UTC");
}

void add_show(program_verbs& all) {
    auto [command, request] = add_verb<show_request>(
        all, "show", "Show everything about one event",
        R"(EVENT is a position (4711), a stream and a version (order-1234@3), or the event's id. An id that the program gave with
its append is found at once. Others are looked for where the time in them says, and if they have none, or were not stored
then, in the whole log: about a second for some million events.

Examples:
  PROGRAM show shop.db 4711
  PROGRAM show shop.db order-1234@3 --unmasked
  PROGRAM show shop.db 0190b1f3-7c1a-7b7e-9d5c-3f0a52f1c9aa --format json)");
    add_store(command, request.store);
    add_read(command, "EVENT", request.event, "Its position, its id, or STREAM@VERSION",
             [](const std::string& text) {
                 if (auto address = address_from(text)) return *address;
                 refuse(text, "no event: name it by 4711, by order-1234@3 or by its id");
             })
        ->required()
        ->type_name("");
    add_display(command, request.display, formats);
    add_reading(command, all.self, request.display);
}

void add_conditions(CLI::App& command, search_request& request) {
    command
        .add_option_function<std::vector<std::string>>(
            "--where",
            [&request](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) request.conditions.push_back(condition_from(text));
            },
            "Only events with such a field: 'country = France'; may be given again")
        ->allow_extra_args(false)
        ->type_name("CONDITION");
    command.add_option("--text", request.text, "Only events with this in a field of text, in these very letters")
        ->type_name("WORD");
    add_read(command, "--since", request.since, "Only events from this time on", time_from)->type_name("TIME");
    add_read(command, "--until", request.until, "Only events before this time", time_from)->type_name("TIME");
    command.add_flag_callback(
        "--occurred", [&request] { request.time = event_time::occurred; },
        "Let both mean the business time instead of the time of recording");
}

void require_some_time(const search_request& request) {
    if (request.since && request.until && *request.since >= *request.until)
        throw CLI::ValidationError("--until must be later than --since, or nothing can be found");
}

void add_search(program_verbs& all) {
    auto [command, request] = add_verb<search_request>(
        all, all.program, "search", "Find events by what they say",
        R"(A condition compares a field by = != < <= > >= or, for text, ~ (contains). Fields of inner messages are named with dots;
of repeated fields and maps one value has to fit, and for != none. Numbers are compared as numbers, enums by their names,
times as 2010-12-01T08:26; text is compared letter by letter. All conditions must hold; events whose type lacks the field are not found. Personal fields are
left out of --text, and refused in --where, unless --unmasked is given: what is found would tell them.

Examples:
  PROGRAM search shop.db --type order-placed --where 'address.country = France' --where 'total >= 100'
  PROGRAM search shop.db --since 2010-12-01 --until 2011-01-01 --text teapot --count
  PROGRAM search shop.db --where 'lines.sku ~ 8512' --backward --limit 5)",
        require_some_time);
    add_store(command, request.store);
    add_selection(command, request.which);
    add_conditions(command, request);
    command.add_flag_callback(
        "--backward", [&request] { request.direction = read_direction::backward; }, "The last one first");
    add_number(command, "--limit", request.which.limit, "At most so many", 1);
    command.add_flag("--count", request.count_only, "Only tell how many there are");
    add_display(command, request.display, formats);
    add_reading(command, all.self, request.display);
}

void add_trace(program_verbs& all) {
    auto [command, request] = add_verb<trace_request>(
        all, "trace", "Draw what led to an event, and what followed from it",
        R"(ID is a correlation id, or an event as `show` takes it. Shows every event of that correlation below the one, or the
command, that its metadata names as its cause. Without a correlation causes and effects are followed one by one, through
the log from the first cause on.

Examples:
  PROGRAM trace shop.db 4711
  PROGRAM trace shop.db request-7 --depth 3
  PROGRAM trace shop.db request-7 --format ndjson | jq -r .event)");
    add_store(command, request.store);
    command.add_option("ID", request.what, "A correlation id, or an event: position, id or STREAM@VERSION")
        ->required()
        ->type_name("");
    add_read(command, "--depth", request.depth, "Show so many steps of causes; 100 if not said",
             [](const std::string& text) { return number_from(text, 0); })
        ->type_name("N");
    add_format(command, request.display.shape);
    command.add_flag_callback(
        "--raw", [&request = request] { request.display.escape = escaping::off; },
        "Write control characters and the like as they are; a terminal obeys them");
}

}  // namespace

void add_lookup_verbs(program_verbs& all) {
    add_show(all);
    add_search(all);
    add_trace(all);
}

}  // namespace foldline::inline v0::cli
