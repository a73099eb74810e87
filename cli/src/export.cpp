// `export`.

#include "event_exporter.hpp"
#include "opened_store.hpp"
#include "selected_events.hpp"
#include "transfer_verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/sqlite/partial_file.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include <unistd.h>

namespace foldline::inline v0::cli {
namespace {

constexpr std::size_t page_size = 1'000;

bool is_selection(const event_selection& which) {
    return which.stream || !which.category.empty() || !which.types.empty() || !which.correlation.empty() ||
           which.after || which.before;
}

/// What stands in the store now: who reads on for ever never comes to the last line.
read_query up_to(global_position head, const read_query& wanted) {
    const bool by_version = std::holds_alternative<stream_id>(wanted.where());
    return by_version ? wanted : wanted.before(global_position{std::min(head.value + 1, wanted.upper_bound())});
}

struct exported {
    std::int64_t events = 0;
    std::int64_t masked = 0;
};

exported write_events(const opened_store& store, const export_request& request, std::FILE* out) {
    terminal_progress line{"Exporting"};
    const sqlite::progress_report report = watched(line);
    const event_store& events = store.stored();
    require_stream(events, request.which, request.store);
    const global_position head = events.head();
    event_exporter exporter{out, store.file(), events, request.personal};
    exporter.begin({events.identity(), head, is_selection(request.which)});
    read_query query = up_to(head, query_of(request.which));
    for (page page; !page.at_end; query = query.from(page)) {
        page = events.read(query, batch_limit{page_size}, [&](const event_view& event) {
            if (event.position <= head) exporter.write(event);
        });
        report({static_cast<std::uint64_t>(page.last_position.value), static_cast<std::uint64_t>(head.value)});
    }
    exporter.end();
    return {exporter.events(), exporter.masked()};
}

struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

exported write_file(const opened_store& store, const export_request& request) {
    sqlite::partial_file made{request.file};
    const std::unique_ptr<std::FILE, close_file> out{::fdopen(::dup(made.descriptor()), "w")};
    if (!out) throw std::runtime_error(fmt::format("{} could not be opened", made.path().string()));
    const exported done = write_events(store, request, out.get());
    made.publish();
    return done;
}

}  // namespace

int run(const export_request& request, const console& to) {
    const opened_store store{request.store, to.self, shown_as::stored};
    const bool to_file = !request.file.empty() && request.file != "-";
    const exported done = to_file ? write_file(store, request) : write_events(store, request, to.out);
    if (to_file)
        fmt::print(to.out, "Exported {} to {}.\n", counted(done.events, "event"), printable(request.file.string()));
    if (done.masked > 0)
        fmt::print(
            to.err,
            "{}: personal data of {} was left out, and such an export cannot be imported: --unmasked writes it\n",
            printable(to.self.name), counted(done.masked, "event"));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
