// `trace`: a tree of causes and effects.

#include "object_list.hpp"
#include "shown_payload.hpp"
#include "traced_family.hpp"
#include "verbs.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

/// `+1.25 s`, `+3 min 20 s`.
std::string time_text(std::chrono::microseconds since) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    if (milliseconds < 60'000) return fmt::format("+{:g} s", static_cast<double>(milliseconds) / 1'000);
    const auto seconds = milliseconds / 1'000;
    if (seconds < 7'200) return fmt::format("+{} min {} s", seconds / 60, seconds % 60);
    return seconds < 172'800 ? fmt::format("+{} h {} min", seconds / 3'600, seconds / 60 % 60)
                             : fmt::format("+{} days", seconds / 86'400);
}

std::string_view word_of(branch how) {
    switch (how) {
        case branch::first: return "first";
        case branch::effect: return "effect";
        case branch::command: return "command";
        case branch::missing: return "missing";
        case branch::cycle: return "cycle";
        case branch::again: return "again";
    }
    return {};
}

std::string remark_on(branch how) {
    if (how == branch::cycle) return "  (its cause follows from it: a cycle)";
    return how == branch::again ? "  (see above: a cycle)" : "";
}

/// A tree, line by line.
class tree_writer {
public:
    tree_writer(const traced_family& family, const trace_request& request, std::FILE* out)
        : family_(family), request_(request), out_(out) {}

    void write(const std::vector<tree_line>& lines) {
        const auto most = static_cast<std::size_t>(request_.depth);
        for (std::size_t at = 0; at < lines.size(); ++at) {
            const tree_line& line = lines[at];
            // What is no event is as old as its first effect, which is on the next line.
            if (line.depth == 0) start_ = (line.event ? line : lines[at + 1]).event->recorded_at;
            if (line.depth <= most) write(line);
            else ++left_out_;
        }
        if (left_out_ > 0)
            fmt::print(out_, "({} deeper than {}; --depth shows more)\n",
                       counted(static_cast<std::int64_t>(left_out_), "event"), most);
    }

private:
    void write(const tree_line& line) {
        fmt::print(out_, "{}{}\n", indent(line), line.event ? text_of(line) : text_of_absent(line));
    }

    std::string indent(const tree_line& line) {
        is_open_.resize(line.depth);
        std::string text;
        for (std::size_t at = 1; at < line.depth; ++at) text += is_open_[at] ? "│  " : "   ";
        if (line.depth > 0) text += line.is_last ? "└─ " : "├─ ";
        is_open_.push_back(!line.is_last);
        return text;
    }

    [[nodiscard]] std::string text_of(const tree_line& line) const {
        const traced_event& event = *line.event;
        const bool is_asked = family_.asked_for && family_.asked_for->value == event.position;
        return fmt::format("{} @{}  {}  {}  #{}{}{}", printed(event.stream), event.version, printed(event.event),
                           time_text(event.recorded_at - start_), event.position, remark_on(line.how),
                           is_asked ? "  <- asked for" : "");
    }
    [[nodiscard]] std::string text_of_absent(const tree_line& line) const {
        return fmt::format("{} {}", line.how == branch::command ? "command" : "missing cause", printed(line.cause));
    }

    [[nodiscard]] std::string printed(const std::string& text) const {
        return request_.display.escape == escaping::on ? printable(text) : text;
    }

    const traced_family& family_;
    const trace_request& request_;
    std::FILE* out_;
    timestamp start_;
    std::vector<bool> is_open_;  // by depth: whether more follows from the same cause
    std::size_t left_out_ = 0;
};

std::string summary_of(const traced_family& family) {
    std::set<std::string_view> streams;
    for (const traced_event& each : family.events) streams.insert(each.stream);
    const auto taken = family.events.back().recorded_at - family.events.front().recorded_at;
    return fmt::format("{}: {} in {}, {}",
                       family.correlation.empty() ? "no correlation" : "correlation " + printable(family.correlation),
                       counted(static_cast<std::int64_t>(family.events.size()), "event"),
                       counted(static_cast<std::int64_t>(streams.size()), "stream"), time_text(taken).substr(1));
}

json as_json(const tree_line& line, const traced_family& family) {
    json object{{"depth", line.depth}, {"how", std::string(word_of(line.how))}, {"effects", line.effects}};
    if (!line.event) {
        object["id"] = line.cause;
        return object;
    }
    const traced_event& event = *line.event;
    object["position"] = event.position;
    object["stream"] = event.stream;
    object["version"] = event.version;
    object["event"] = event.event;
    object["id"] = event.id;
    object["causation_id"] = event.cause.empty() ? json(nullptr) : json(event.cause);
    object["correlation_id"] = family.correlation.empty() ? json(nullptr) : json(family.correlation);
    object["recorded_at"] = to_string(event.recorded_at);
    if (family.asked_for && family.asked_for->value == event.position) object["asked_for"] = true;
    return object;
}

void write_objects(const std::vector<tree_line>& lines, const traced_family& family, const trace_request& request,
                   std::FILE* out) {
    object_list list{out, request.display.shape};
    for (const tree_line& line : lines)
        if (line.depth <= static_cast<std::size_t>(request.depth))
            list.add(text_of(as_json(line, family), request.display.escape));
    list.end();
}

}  // namespace

int run(const trace_request& request, const console& to) {
    const opened_store store{request.store, to.self, shown_as::stored};
    const traced_family family = find_family(store, request.what);
    if (family.events.empty())
        throw unknown_name(fmt::format("{} has no event with the position, the id or the correlation id {}",
                                       request.store.string(), shortened(request.what)));
    const auto lines = tree_of(family.events);
    if (request.display.shape != format::text) {
        write_objects(lines, family, request, to.out);
        return exit_code::ok;
    }
    fmt::print(to.out, "{}\n", summary_of(family));
    tree_writer{family, request, to.out}.write(lines);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
