// `dead-letters show`, `explain`, `retry` and `drop`: those that need the program's own code.

#include <foldline/projections/dead_letters.hpp>

#include "object_list.hpp"
#include "opened_projections.hpp"
#include "shown_letters.hpp"
#include "task_runs.hpp"
#include "veiled_errors.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/eventstore/system_clock.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

/// The dead letters of one projection of the program.
class opened_letters {
public:
    opened_letters(const std::filesystem::path& store, const open_projections& open, const std::string& name)
        : host_(opened(store, open)), projection_(chosen(*host_, with_rows_of(name)).make()) {}

    dead_letters* operator->() { return &letters_; }
    dead_letters& operator*() { return letters_; }
    [[nodiscard]] const event_store& events() const { return host_->events(); }

private:
    /// Without rows there are no letters either; better told than guessed from an empty answer.
    [[nodiscard]] const std::string& with_rows_of(const std::string& name) const {
        (void)chosen(*host_, name);
        (void)with_rows(host_->models(), {name});
        return name;
    }

    std::unique_ptr<projection_host> host_;
    std::unique_ptr<projection> projection_;
    system_clock time_;
    dead_letters letters_{host_->events(), host_->models(), *projection_, time_};
};

// ------------------------------------------------------------------------------------------------------- `show`

letter_part part_of(const letter_details::part& part, personal_data personal) {
    // Bytes without a message are of a type that the program does not decode, so nobody can tell what is personal in them.
    const stored_message found{part.message.get(), part.message ? "" : "the projection does not decode it",
                               !part.message};
    return {event_type{part.event.type_name, part.event.type_version}.to_string(),
            shown(found, part.event.payload, personal)};
}

/// The program's own classes may know more fields than the schemas that are stored.
std::string error_of(const letter_details& details, veiled_errors& errors) {
    const bool is_decoded = std::all_of(details.parts.begin(), details.parts.end(),
                                        [](const letter_details::part& each) { return each.message != nullptr; });
    if (details.parts.empty() || !is_decoded) return errors.of_letter(details.parked.error, details.parked);
    std::string text = details.parked.error;
    for (const letter_details::part& each : details.parts) text = veiled(std::move(text), *each.message);
    return text;
}

shown_letter shown_of(const letter_details& details, const event_store& events, personal_data personal) {
    shown_letter letter{details.parked, {}, details.unreadable};
    if (personal == personal_data::masked) {
        veiled_errors errors{events, personal};
        letter.parked.error = error_of(details, errors);
        letter.unreadable = errors.of_reading(std::move(letter.unreadable), details.parked.position);
    }
    for (const letter_details::part& each : details.parts) letter.parts.push_back(part_of(each, personal));
    return letter;
}

// ---------------------------------------------------------------------------------------------------- `explain`

std::optional<global_position> position_from(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
    return global_position{number};
}

/// A key may be a number, too: then a key that stands still comes before a position.
std::vector<parked_event> explain(dead_letters& letters, const std::string& which, std::size_t limit) {
    const auto of_key = letters.explain(which, limit);
    const auto position = position_from(which);
    if (!of_key.empty() || !position) return of_key;
    return letters.explain(*position, limit);
}

// ------------------------------------------------------------------------------------------------------ `retry`

/// Shows how far it has come, and ends it when the user asks for that.
class watched_retry {
public:
    explicit watched_retry(const std::string& name) : line_("Retrying " + printable(name), "keys") {
        catch_interrupts();
    }
    void operator()(const replay_progress& now) {
        if (is_interrupted()) throw interrupted("stopped; what was applied stays so, and the rest is parked");
        line_.show(now.keys_done, now.keys);
    }

private:
    terminal_progress line_;
};

/// More than a projection may have.
constexpr std::size_t most_letters = 1'000'000;

struct retrying {
    dead_letters& letters;
    const std::string& name;

    replay_result operator()(std::monostate) const { return {}; }
    replay_result operator()(global_position position) const { return letters.retry_one(position); }
    replay_result operator()(const order_key& key) const { return letters.retry_key(key.text); }
    replay_result operator()(every_key) const {
        watched_retry watched{name};
        return letters.retry_all(std::ref(watched));
    }
};

/// Which event the last error is about, the letters tell: it was kept with the one that failed last.
std::string veiled_error(const std::string& text, const dead_letters& letters, const event_store& events) {
    std::optional<parked_event> about;
    for (parked_event& each : letters.list({.failed_only = true, .limit = most_letters}))
        if (each.error == text && (!about || about->last_failed <= each.last_failed)) about = std::move(each);
    if (about) return veiled_errors{events, personal_data::masked}.of_letter(text, *about);
    return text.empty() ? text : "(not shown, since its event is parked no more; --unmasked shows it)";
}

void print(const replay_result& result, format shape, std::FILE* out) {
    const auto applied = static_cast<std::int64_t>(result.applied);
    if (shape == format::text) {
        fmt::print(out, "Applied {}.\n", counted(applied, "event"));
        return;
    }
    object_list list{out, shape};
    const json object{{"applied", result.applied}, {"still_failing", result.still_failing}, {"error", result.error}};
    list.add(text_of(object, escaping::on));
    list.end();
}

}  // namespace

int run(const letter_show_request& request, const open_projections& open, const console& to) {
    opened_letters letters{request.store, open, request.name};
    const shown_letter letter = shown_of(letters->show(request.position), letters.events(), request.display.personal);
    if (request.display.shape == format::text) print_for_people(letter, request.display.escape, to.out);
    else fmt::print(to.out, "{}\n", text_of(as_json(letter), request.display.escape));
    return exit_code::ok;
}

int run(const letter_explain_request& request, const open_projections& open, const console& to) {
    opened_letters letters{request.store, open, request.name};
    auto waiting = explain(*letters, request.which, static_cast<std::size_t>(request.limit));
    if (waiting.empty())
        return to.fail(exit_code::not_found, fmt::format("nothing is parked under the key {} of projection {}",
                                                         shortened(request.which), request.name));
    veiled_errors errors{letters.events(), request.personal};
    for (parked_event& each : waiting) each.error = errors.of_letter(std::move(each.error), each);
    print(waiting, request.shape, to.out);
    if (request.shape != format::text) return exit_code::ok;
    const parked_event& first = waiting.front();
    fmt::print(to.out, "\n{} stands still since {}: {}\n", printable(first.order_key), to_string(first.first_failed),
               printable(first.error));
    return exit_code::ok;
}

int run(const letter_retry_request& request, const open_projections& open, const console& to) {
    opened_letters letters{request.store, open, request.name};
    replay_result result = std::visit(retrying{*letters, request.name}, request.which);
    if (request.personal == personal_data::masked)
        result.error = veiled_error(result.error, *letters, letters.events());
    print(result, request.shape, to.out);
    if (result.still_failing == 0) return exit_code::ok;
    return to.fail(exit_code::failed,
                   fmt::format("{} failed again, the last one with: {}",
                               counted(static_cast<std::int64_t>(result.still_failing), "event"), result.error));
}

int run(const letter_drop_request& request, const open_projections& open, const console& to) {
    opened_letters letters{request.store, open, request.name};
    if (!letters->drop(request.position, request.reason))
        return to.fail(exit_code::not_found, fmt::format("projection {} has no event parked at position {}",
                                                         request.name, request.position.value));
    fmt::print(to.out, "Dropped the event at position {}. What waits behind it can be tried again now.\n",
               grouped(request.position.value));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
