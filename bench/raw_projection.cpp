#include "raw_projection.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <stdexcept>

namespace foldline_bench {
namespace {

constexpr std::int64_t line_measured = 1;

}  // namespace

raw_events::raw_events(const std::filesystem::path& log)
    : log_(open_raw(log, "full")),
      events_(prepare_raw(log_.get(),
                          "select position, type, payload from log_events where position > ?1 order by position")) {
    begin_after(0);
}

void raw_events::begin_after(std::int64_t position) { bind_raw(events_.get(), 1, position); }

const v1::LineMeasured* raw_events::next() {
    while (step_raw(events_.get())) {
        position_ = sqlite3_column_int64(events_.get(), 0);
        if (sqlite3_column_int64(events_.get(), 1) != line_measured) continue;
        parse_raw(events_.get(), 2, reused_);
        return &reused_;
    }
    return nullptr;
}

raw_read_model::raw_read_model(const std::filesystem::path& file, const char* tables) : db_(open_raw(file, "full")) {
    execute_raw(db_.get(), tables);
    execute_raw(db_.get(), "create table checkpoint (position integer not null); insert into checkpoint values (0)");
    begin_ = prepare_raw(db_.get(), "begin immediate");
    commit_ = prepare_raw(db_.get(), "commit");
    move_on_ = prepare_raw(db_.get(), "update checkpoint set position = ?1");
}

void raw_read_model::begin() { run_raw(begin_.get()); }

void raw_read_model::commit(std::int64_t position) {
    bind_raw(move_on_.get(), 1, position);
    run_raw(move_on_.get());
    run_raw(commit_.get());
}

void require_end(std::int64_t reached, std::size_t events) {
    if (reached != static_cast<std::int64_t>(events))
        throw std::logic_error(fmt::format("a projection came to {} in a log of {} events", reached, events));
}

}  // namespace foldline_bench
