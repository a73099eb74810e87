#pragma once

#include "support/memory_world.hpp"
#include "support/passing_models.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/sales/v1/sales.pb.h>
#include <foldline/projections/projector.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace foldline_tests {

[[nodiscard]] sales::v1::ItemSold sold(const std::string& country, std::int64_t units);
[[nodiscard]] sales::v1::ItemReturned returned(const std::string& country, std::int64_t units);
[[nodiscard]] sales::v1::TillOpened till_opened(const std::string& till);

/// `count` events, each of another kind than the one before, appended one by one: sales, returns, openings of tills.
void append_sales(foldline::event_store& store, int count);

/// Keeps `sales`, the units by country, and `sales_journal`, a row for each event in the order in which they came: an
/// event that is applied twice, left out or out of turn shows there.
[[nodiscard]] foldline::sql_projection sales_projection(std::uint32_t version = 1);

/// Every row of a query, its columns parted by `|`.
[[nodiscard]] std::vector<std::string> rows_of(const foldline::read_model_store& models, const std::string& query);
/// Both tables of `sales_projection`.
[[nodiscard]] std::vector<std::string> sales_rows(const foldline::read_model_store& models);
/// What they should hold: projected at one go, into a file of its own.
[[nodiscard]] std::vector<std::string> fresh_sales_rows(const foldline::event_store& store);

/// Where the rows of a projection stand; at the beginning if it never began.
[[nodiscard]] foldline::global_position position_of(const foldline::read_model_store& models,
                                                    std::string_view projection);
/// A claim that the caller relies on getting.
[[nodiscard]] foldline::partition_claim claim_of(foldline::read_model_store& models, std::string_view projection,
                                                 foldline::partition part = {}, foldline::worker_id worker = {});
/// A session on the one partition of a projection, for nobody in particular.
[[nodiscard]] std::unique_ptr<foldline::read_model_session> begin_as_nobody(foldline::read_model_store& models,
                                                                            std::string_view projection);

/// A file that holds read models, and is closed before it is opened again.
class model_file {
public:
    model_file() { open(); }

    void open() {
        file_ = std::make_unique<foldline::sqlite::database>(path(), undurable());
        models_ = std::make_unique<foldline::sqlite::sqlite_read_models>(*file_);
    }
    void close() {
        models_.reset();
        file_.reset();
    }
    void reopen() {
        close();
        open();
    }

    [[nodiscard]] foldline::sqlite::sqlite_read_models& models() { return *models_; }
    [[nodiscard]] foldline::sqlite::database& database() { return *file_; }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "models.db"; }
    [[nodiscard]] std::filesystem::path side_path(const std::string& projection) const {
        return path().string() + "." + projection + ".rebuild";
    }

private:
    static foldline::sqlite::database_options undurable() {
        foldline::sqlite::database_options options;
        options.durable = foldline::sqlite::durability::off;
        return options;
    }

    scratch_folder folder_;
    std::unique_ptr<foldline::sqlite::database> file_;
    std::unique_ptr<foldline::sqlite::sqlite_read_models> models_;
};

/// Passes everything on to another projection, and calls `meddle` when that has applied an event.
class meddled_projection final : public foldline::projection {
public:
    using meddle = std::function<void(const foldline::event_view&, foldline::sql_session&)>;
    meddled_projection(foldline::projection& inner, meddle after) : inner_(inner), after_(std::move(after)) {}

    [[nodiscard]] std::string_view name() const override { return inner_.name(); }
    [[nodiscard]] std::uint32_t version() const override { return inner_.version(); }
    [[nodiscard]] std::span<const foldline::read_model_table> tables() const override { return inner_.tables(); }
    [[nodiscard]] std::span<const foldline::projected_event> events() const override { return inner_.events(); }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const foldline::event_view& event,
               foldline::sql_session& rows) override {
        inner_.apply(wanted, message, event, rows);
        after_(event, rows);
    }
    void flush(foldline::sql_session& rows) override { inner_.flush(rows); }
    void rolled_back() override { inner_.rolled_back(); }
    void committed(foldline::global_position position) override { inner_.committed(position); }
    [[nodiscard]] bool has_order_key() const override { return inner_.has_order_key(); }
    [[nodiscard]] std::string order_key(std::size_t wanted, const google::protobuf::Message& message,
                                        const foldline::event_view& event) const override {
        return inner_.order_key(wanted, message, event);
    }

private:
    foldline::projection& inner_;
    meddle after_;
};

/// Passes everything on to other read models; counts the sessions, and lets a test stand between.
class watched_models final : public passing_models {
public:
    using passing_models::passing_models;

    int sessions = 0;
    std::function<void()> before_commit = [] {};

    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;
};

}  // namespace foldline_tests
