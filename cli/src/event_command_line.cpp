#include "program_verbs.hpp"
#include "verbs.hpp"

#include <charconv>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

void add_events(program_verbs& all) {
    auto [command, request] = add_verb<events_request>(
        all, "events", "Show events with what they say",
        R"(Payloads are read by the schema that the file keeps of each type. What has no schema, or does not fit it, is shown as
base64. --after and --before count versions where --stream is given, else positions.

Examples:
  PROGRAM events shop.db --stream order-1234
  PROGRAM events shop.db --type order-placed --backward --limit 5     the last five
  PROGRAM events shop.db --category order --format ndjson | jq -r .stream)");
    add_store(command, request.store);
    add_selection(command, request.which);
    add_number(command, "--after", request.which.after, "Only events beyond this one", 0);
    add_number(command, "--before", request.which.before, "Only events before this one", 1);
    command.add_flag_callback(
        "--backward", [&request] { request.direction = read_direction::backward; }, "The last one first");
    add_number(command, "--limit", request.which.limit, "At most so many", 1);
    add_display(command, request.display, formats);
    add_reading(command, all.self, request.display);
}

void add_tail(program_verbs& all) {
    auto [command, request] = add_verb<tail_request>(
        all, "tail", "Show events, and go on as more are stored",
        R"(Shows what is there and then waits for more, until Ctrl-C ends it. As `events` otherwise.

Examples:
  PROGRAM tail shop.db --from-now
  PROGRAM tail shop.db --after 4711 --type order-placed
  PROGRAM tail shop.db --format ndjson | while read -r event; do ...; done)");
    add_store(command, request.store);
    add_selection(command, request.which);
    auto* now = command.add_flag_callback(
        "--from-now", [&request] { request.start = tail_start::now; }, "Only what is stored from now on");
    add_number(command, "--after", request.which.after, "Only events beyond this one", 0);
    now->excludes(command.get_option("--after"));
    add_number(command, "--limit", request.which.limit, "End after so many", 1);
    add_display(command, request.display, formats_without_end);
    add_reading(command, all.self, request.display);
}

}  // namespace

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

void add_reading(CLI::App& verb, const application& self, event_display& display) {
    if (self.reading)
        verb.add_flag_callback(
            "--as-stored", [&display] { display.as = shown_as::stored; },
            "Show old events as they are stored, and not as upcasters make them");
    else
        verb.add_flag_callback(
            "--upcast", [&display] { display.as = shown_as::upcast; },
            "Show old events as the upcasters that the file keeps make them");
}

void add_event_verbs(program_verbs& all) {
    add_events(all);
    add_tail(all);
}

}  // namespace foldline::inline v0::cli
