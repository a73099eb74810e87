#include "object_list.hpp"
#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "stream_summary.hpp"
#include "verbs.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/sqlite/connection.hpp>

#include <limits>
#include <string_view>

namespace foldline::inline v0::cli {
namespace {

// docs/storage-format.md draws the tables. Of each stream only the last event is looked at, where an index finds it; a
// file without that index is read once as a whole.
constexpr std::string_view last_events_by_index = R"sql(
select s.category || '-' || s.id, e.version - s.first_version + 1, e.version, e.position, e.recorded_at
from log_streams s
join log_events e on e.stream = s.stream
    and e.version = (select max(version) from log_events where stream = s.stream)
)sql";
// SQLite takes the other columns from the row that has the maximum.
constexpr std::string_view last_events_by_scan = R"sql(
with last as (select stream, max(version) as version, position, recorded_at from log_events group by stream)
select s.category || '-' || s.id, e.version - s.first_version + 1, e.version, e.position, e.recorded_at
from log_streams s
join last e on e.stream = s.stream
)sql";
constexpr std::string_view has_index =
    "select count(*) from sqlite_schema where type = 'index' and name = 'log_events_by_stream'";

std::string_view selected(stream_order order) {
    switch (order) {
        case stream_order::name: return "where ?1 = '' or s.category = ?1 order by s.category, s.id limit ?2";
        case stream_order::events: return "where ?1 = '' or s.category = ?1 order by 2 desc, s.category, s.id limit ?2";
        case stream_order::recent: return "where ?1 = '' or s.category = ?1 order by 4 desc limit ?2";
    }
    return {};
}

void each_stream(const sqlite::database& file, const streams_request& request,
                 function_ref<void(const stream_summary&)> use) {
    const auto reader = file.open_reader();
    const auto last_events = reader->integer(has_index) > 0 ? last_events_by_index : last_events_by_scan;
    sqlite::statement rows = reader->prepare(std::string(last_events) + std::string(selected(request.order)));
    rows.bind_text(1, request.category);
    rows.bind(2, request.limit.value_or(std::numeric_limits<std::int64_t>::max()));
    while (rows.step())
        use({std::string(rows.text(0)), rows.integer(1), rows.integer(2), rows.integer(3),
             timestamp{std::chrono::microseconds{rows.integer(4)}}});
}

}  // namespace

int run(const streams_request& request, const console& to) {
    if (!request.category.empty()) require_category(request.category);
    const opened_store store{request.store, to.self};
    if (request.shape != format::text) {
        object_list list{to.out, request.shape};
        each_stream(store.file(), request, [&](const stream_summary& each) { list.add(as_json(each)); });
        list.end();
        return exit_code::ok;
    }
    table shown{{{"STREAM"}, {"EVENTS", align::right}, {"LAST POSITION", align::right}, {"LAST RECORDED"}}};
    each_stream(store.file(), request, [&](const stream_summary& each) {
        shown.add({each.name, grouped(each.events), grouped(each.last_position), to_string(each.last_recorded)});
    });
    shown.print(to.out);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
