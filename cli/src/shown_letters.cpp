#include "shown_letters.hpp"

#include "object_list.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/table.hpp>

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

/// In a row; `show` has all of it.
constexpr std::size_t longest_error = 160;

std::string_view word_of(parked_event::reason why) { return why == parked_event::reason::failed ? "failed" : "behind"; }

json as_json(const parked_event& letter) {
    json object{{"projection", letter.projection},        {"position", letter.position.value},
                {"order_key", letter.order_key},          {"stream", letter.stream},
                {"version", letter.version.value},        {"event", letter.type},
                {"why", std::string(word_of(letter.why))}};
    if (letter.why == parked_event::reason::failed) {
        object["error"] = letter.error;
        object["attempts"] = letter.attempts;
    }
    object["first_failed"] = to_string(letter.first_failed);
    object["last_failed"] = to_string(letter.last_failed);
    return object;
}

json as_json(const dropped_event& letter) {
    json object = as_json(letter.event);
    object["reason"] = letter.reason;
    object["dropped"] = to_string(letter.dropped);
    return object;
}

template <class Letter>
void print_objects(const std::vector<Letter>& letters, format shape, std::FILE* out) {
    object_list list{out, shape};
    for (const Letter& each : letters) list.add(text_of(as_json(each), escaping::on));
    list.end();
}

std::string attempts_of(const parked_event& letter) {
    return fmt::format("{}, from {} to {}", counted(letter.attempts, "attempt"), to_string(letter.first_failed),
                       to_string(letter.last_failed));
}

void print_part(const letter_part& part, escaping escape, std::FILE* out) {
    std::string text = part.event + "  " + text_for_people(part.payload);
    if (escape == escaping::on) text = printable(text);
    fmt::print(out, "{:<12}  {}\n", "says", text);
}

}  // namespace

void print(const std::vector<parked_event>& letters, format shape, std::FILE* out) {
    if (shape != format::text) return print_objects(letters, shape, out);
    table rows{{{"PROJECTION"},
                {"POSITION", align::right},
                {"KEY"},
                {"EVENT"},
                {"WHY"},
                {"ATTEMPTS", align::right},
                {"SINCE"},
                {"ERROR"}}};
    for (const parked_event& each : letters) {
        const bool has_failed = each.why == parked_event::reason::failed;
        rows.add({each.projection, grouped(each.position.value), each.order_key, each.type,
                  std::string(word_of(each.why)), has_failed ? grouped(each.attempts) : "-",
                  to_string(each.first_failed), shortened(each.error, longest_error)});
    }
    rows.print(out);
}

void print(const std::vector<dropped_event>& letters, format shape, std::FILE* out) {
    if (shape != format::text) return print_objects(letters, shape, out);
    table rows{{{"POSITION", align::right}, {"KEY"}, {"EVENT"}, {"DROPPED"}, {"REASON"}, {"ERROR"}}};
    for (const dropped_event& each : letters)
        rows.add({grouped(each.event.position.value), each.event.order_key, each.event.type, to_string(each.dropped),
                  each.reason, shortened(each.event.error, longest_error)});
    rows.print(out);
}

void print_for_people(const shown_letter& letter, escaping escape, std::FILE* out) {
    const parked_event& parked = letter.parked;
    const auto print_fact = [&](std::string_view name, std::string_view value) {
        fmt::print(out, "{:<12}  {}\n", name, printable(value));
    };
    print_fact("projection", parked.projection);
    print_fact("position", grouped(parked.position.value));
    print_fact("event", fmt::format("{}, {} @{}", parked.type, parked.stream, parked.version.value));
    print_fact("key", parked.order_key);
    if (parked.why == parked_event::reason::failed) {
        print_fact("failed", attempts_of(parked));
        print_fact("error", parked.error);
    } else {
        print_fact("behind", "waits for an earlier event of its key, since " + to_string(parked.first_failed));
    }
    for (const letter_part& each : letter.parts) print_part(each, escape, out);
    if (!letter.unreadable.empty()) print_fact("unreadable", letter.unreadable);
    else if (letter.parts.empty()) print_fact("says", "nothing: upcasters make no event of it");
}

json as_json(const shown_letter& letter) {
    json object = as_json(letter.parked);
    object["parts"] = json::array();
    for (const letter_part& each : letter.parts) {
        json part{{"event", each.event}};
        add_payload(part, each.payload);
        object["parts"].push_back(std::move(part));
    }
    if (!letter.unreadable.empty()) object["unreadable"] = letter.unreadable;
    return object;
}

}  // namespace foldline::inline v0::cli
