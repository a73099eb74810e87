#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <thread>
#include <variant>

namespace {

using namespace foldline;
using namespace foldline_tests;

const stream_id till_1{"till", "1"};

/// An event store in a file, with whatever inline projections it is opened with.
class store_file {
public:
    void open(std::vector<projection*> inline_projections) {
        close();
        sqlite::database_options options;
        options.durable = sqlite::durability::off;
        file_.emplace(folder_ / "events.db", options);
        sqlite::event_store_options store_options;
        store_options.inline_projections = std::move(inline_projections);
        store_.emplace(*file_, time_, ids_, std::move(store_options));
    }
    void close() {
        store_.reset();
        file_.reset();
    }
    [[nodiscard]] sqlite::sqlite_event_store& store() { return *store_; }
    [[nodiscard]] sqlite::database& database() { return *file_; }

    [[nodiscard]] std::vector<std::string> rows(const std::string& query) {
        std::vector<std::string> all;
        store_->read_inline([&](sql_session& rows) {
            rows.each_row(query, [&](const sql_row& row) {
                std::string text{row.text(0)};
                for (int i = 1; i < row.columns(); ++i) text += "|" + std::string(row.text(i));
                all.push_back(text);
            });
        });
        return all;
    }
    /// The rows of `sales_projection`, in the form of `fresh_sales_rows`.
    [[nodiscard]] std::vector<std::string> sales() {
        auto all = rows("select * from sales order by country");
        for (auto& row : rows("select * from sales_journal order by number")) all.push_back(std::move(row));
        return all;
    }

private:
    foldline::testing::manual_clock time_;
    foldline::testing::sequential_ids ids_;
    scratch_folder folder_;
    std::optional<sqlite::database> file_;
    std::optional<sqlite::sqlite_event_store> store_;
};

/// Sales whose handler throws at returns of 13 units.
struct superstitious_sales {
    sql_projection sales = sales_projection();
    meddled_projection refusing{sales, [](const event_view&, sql_session& rows) {
                                    rows.each_row("select 1 from sales_journal where units = -13",
                                                  [](const sql_row&) { throw std::runtime_error("thirteen"); });
                                }};
};

}  // namespace

TEST_CASE("inline projection: its rows change with the append") {
    store_file file;
    auto sales = sales_projection();
    file.open({&sales});
    (void)append_to(file.store(), till_1, {}, sold("EIRE", 2), till_opened("1"), sold("FRANCE", 3));
    CHECK(file.rows("select * from sales order by 1") == std::vector<std::string>{"EIRE|2", "FRANCE|3"});

    append_sales(file.store(), 20);
    CHECK(file.sales() == fresh_sales_rows(file.store()));
    file.open({&sales});
    CHECK(file.sales() == fresh_sales_rows(file.store()));
}

TEST_CASE("inline projection: an append that it refuses leaves neither events nor rows, and hurts no other") {
    store_file file;
    superstitious_sales sales;
    file.open({&sales.refusing});
    append_sales(file.store(), 4);
    const auto before = file.sales();

    append_request request = append_request::to(till_1, expected_version::any(), {to_event(sold("EIRE", 1))});
    request.writes.push_back(
        {stream_id{"till", "9"},
         expected_version::no_stream(),
         {to_event(sold("NORWAY", 1)), to_event(returned("NORWAY", 13)), to_event(sold("NORWAY", 2))}});
    try {
        (void)file.store().append(request);
        FAIL("the append was taken");
    } catch (const event_failure& failure) {
        CHECK(std::string(failure.what()).find("thirteen") != std::string::npos);
        CHECK(failure.type == "item-returned@1");
        CHECK(failure.stream == "till-9");
        CHECK(failure.version == stream_version{2});
    }
    CHECK(file.store().head() == global_position{4});
    CHECK(file.sales() == before);

    append_sales(file.store(), 3);
    CHECK(file.store().head() == global_position{7});
    CHECK(file.sales() == fresh_sales_rows(file.store()));
    (void)append_to(file.store(), {"till", "9"}, {}, sold("NORWAY", 1));
    file.open({&sales.refusing});
    CHECK(file.sales() == fresh_sales_rows(file.store()));
}

TEST_CASE("inline projection: refused versions and repeated ids change no row") {
    store_file file;
    auto sales = sales_projection();
    file.open({&sales});
    append_request request = append_request::to(till_1, expected_version::no_stream(), {to_event(sold("EIRE", 1))});
    request.writes.front().events.front().id = event_id{uuid::from_name("once")};
    CHECK(std::holds_alternative<appended>(file.store().append(request)));
    CHECK(std::holds_alternative<appended>(file.store().append(request)));
    request.writes.front().events.front().id.reset();
    CHECK(std::holds_alternative<version_conflict>(file.store().append(request)));
    CHECK(file.sales() == std::vector<std::string>{"EIRE|1", "1|1|0|till-1|EIRE|1"});
}

TEST_CASE("inline projection: a writer that lacks one may not open the file") {
    store_file file;
    auto sales = sales_projection();
    file.open({&sales});
    append_sales(file.store(), 4);
    try {
        file.open({});
        FAIL("the file was opened");
    } catch (const incompatible_store& refusal) {
        CHECK(std::string(refusal.what()).find("inline projection 'sales'") != std::string::npos);
    }
    file.open({&sales});
    append_sales(file.store(), 4);
    CHECK(file.sales() == fresh_sales_rows(file.store()));
}

TEST_CASE("inline projection: one that is new to the file is built from the events that are there") {
    store_file file;
    file.open({});
    append_sales(file.store(), 14);
    auto sales = sales_projection();
    file.open({&sales});
    CHECK(file.sales() == fresh_sales_rows(file.store()));
    append_sales(file.store(), 5);
    CHECK(file.sales() == fresh_sales_rows(file.store()));
}

TEST_CASE("inline projection: one of another version is built anew, with its own tables") {
    store_file file;
    auto sales = sales_projection();
    file.open({&sales});
    append_sales(file.store(), 6);
    sql_projection raised{"sales", 2};
    raised.table("tills", "create table tills (till text primary key)");
    raised.on([](const sales::v1::TillOpened& event, const event_view&, sql_session& rows) {
        rows.execute("insert into tills values (?1)", event.till());
    });
    file.open({&raised});
    CHECK(file.rows("select * from tills") == std::vector<std::string>{"1"});
    CHECK_THROWS_AS(file.rows("select * from sales"), sql_error);
}

TEST_CASE("inline projection: one that cannot be built keeps the file as it was") {
    store_file file;
    file.open({});
    append_sales(file.store(), 7);
    auto sales = sales_projection();
    meddled_projection poisoned{sales, [](const event_view& event, sql_session&) {
                                    if (event.position == global_position{6}) throw std::runtime_error("no paper");
                                }};
    CHECK_THROWS_AS(file.open({&poisoned}), event_failure);
    file.open({});
    CHECK(file.store().head() == global_position{7});
    CHECK_THROWS_AS(file.rows("select * from sales"), sql_error);
}

TEST_CASE("inline projection: its statements touch no event and no transaction") {
    for (const char* sql : {"update log_events set version = 9", "delete from log_events", "select * from log_events",
                            "drop table log_events", "commit", "rollback", "savepoint foldline_append",
                            "rollback to foldline_append", "pragma user_version = 9", "attach ':memory:' as other"}) {
        CAPTURE(sql);
        store_file file;
        auto sales = sales_projection();
        meddled_projection hostile{sales, [&](const event_view&, sql_session& rows) { rows.execute(sql); }};
        file.open({&hostile});
        CHECK_THROWS_AS((void)append_to(file.store(), till_1, {}, sold("EIRE", 1)), event_failure);
        CHECK(file.store().head() == global_position{0});
        CHECK(file.sales().empty());
    }
}

TEST_CASE("inline projection: an error that ends the transaction is no success of the append") {
    store_file file;
    auto sales = sales_projection();
    meddled_projection careless{sales, [](const event_view&, sql_session& rows) {
                                    try {
                                        rows.execute("insert or rollback into sales values ('EIRE', 1)");
                                    } catch (const error&) {
                                        // A handler that goes on as if nothing had happened.
                                    }
                                }};
    file.open({&careless});
    CHECK_THROWS_AS((void)append_to(file.store(), till_1, {}, sold("EIRE", 1)), error);
    file.open({&sales});
    CHECK(file.store().head() == global_position{0});
    CHECK(file.sales().empty());
}

TEST_SUITE("threads") {
    TEST_CASE("inline projection: of appends that share a commit, only those that it refuses fail") {
        store_file file;
        superstitious_sales sales;
        file.open({&sales.refusing});
        std::vector<int> refused(4);
        {
            std::vector<std::jthread> writers;
            for (int writer = 0; writer < 4; ++writer)
                writers.emplace_back([&, writer] {
                    const stream_id till{"till", std::to_string(writer)};
                    for (int i = 1; i <= 60; ++i) try {
                            (void)append_to(file.store(), till, {}, sold("EIRE", 1), returned("EIRE", i % 20));
                        } catch (const event_failure&) {
                            ++refused[static_cast<std::size_t>(writer)];
                        }
                });
        }
        CHECK(refused == std::vector<int>{3, 3, 3, 3});
        CHECK(file.store().head() == global_position{2 * 4 * 57});
        CHECK(file.sales() == fresh_sales_rows(file.store()));
    }
}
