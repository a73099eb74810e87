#pragma once

#include "reports/report.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <filesystem>

namespace shop {

/// The rows of the reports, in a file beside the store: `orders.db` has `orders.db.read-models`. It can be thrown away:
/// everything in it comes from the events.
///
/// confined.
/// Fails: as `sqlite::database`, `projector` and `rebuild`; interrupted.
class read_models {
public:
    explicit read_models(const std::filesystem::path& store);

    /// Applies to one report what was stored since it was last asked for.
    void catch_up(const report& report, const foldline::event_store& events);
    /// Makes one report anew from the first event, while the old rows go on serving.
    void rebuild(const report& report, const foldline::event_store& events);
    /// Hands the report's rows to `sink`, all of one moment.
    void each_row(const report& report, foldline::function_ref<void(const foldline::sql_row&)> sink) const;

private:
    foldline::sqlite::database file_;
    foldline::sqlite::sqlite_read_models models_{file_};
};

}  // namespace shop
