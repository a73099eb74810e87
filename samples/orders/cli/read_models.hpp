#pragma once

#include "reports/report.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <filesystem>
#include <string>

namespace shop {

/// `orders.db` has its read models in `orders.db.read-models`. It can be thrown away: all of it comes from the events.
[[nodiscard]] std::filesystem::path read_models_of(const std::filesystem::path& store);

/// The rows of the reports.
///
/// confined.
/// Fails: as `sqlite::database` and `projector`; interrupted.
class read_models {
public:
    explicit read_models(const std::filesystem::path& store) : file_(read_models_of(store)) {}

    [[nodiscard]] foldline::read_model_store& store() { return models_; }

    /// Brings the rows of a report to where the events are now: waits for whoever keeps them (`orders follow`), or
    /// applies what is missing where nobody does. Throws, and says what to do, if whoever keeps them is not there soon,
    /// and where they are paused.
    void bring_up_to_date(const report& report, const foldline::event_store& events);

private:
    /// As far as it can now; what keeps it from going further, if something failed.
    std::string apply_what_is_missing(const report& report, const foldline::event_store& events);

    foldline::sqlite::database file_;
    foldline::sqlite::sqlite_read_models models_{file_};
};

}  // namespace shop
