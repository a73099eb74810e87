#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <stdexcept>
#include <variant>

namespace {

using namespace foldline;
using namespace foldline_tests;

using texts = std::vector<std::string>;

/// Keeps the units by country in memory, and writes those that changed when it is flushed: what it remembers wrongly is
/// wrong in the table from then on.
class remembering_totals final : public projection {
public:
    [[nodiscard]] std::string_view name() const override { return "totals"; }
    [[nodiscard]] std::uint32_t version() const override { return 1; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }

    void apply(std::size_t, const google::protobuf::Message& message, const event_view&, sql_session& rows) override {
        const auto& event = static_cast<const sales::v1::ItemSold&>(message);
        auto known = totals_.find(event.country());
        if (known == totals_.end()) {
            const auto stored =
                rows.first<std::int64_t>("select units from totals where country = ?1", event.country());
            known = totals_.emplace(event.country(), stored ? std::get<0>(*stored) : 0).first;
        }
        known->second += event.units();
        unwritten_.push_back(event.country());
    }
    void flush(sql_session& rows) override {
        ++flushes;
        for (const std::string& country : unwritten_) {
            if (totals_[country] == 13) throw std::runtime_error("thirteen");
            rows.execute("insert or replace into totals values (?1, ?2)", country, totals_[country]);
        }
        unwritten_.clear();
    }
    void rolled_back() override {
        totals_.clear();
        unwritten_.clear();
    }
    void committed(global_position position) override { commits.push_back(position.value); }

    int flushes = 0;
    std::vector<std::int64_t> commits;

private:
    std::vector<read_model_table> tables_{
        {"totals", "create table totals (country text primary key, units integer not null) strict"}};
    std::vector<projected_event> events_{
        {event_type{"item-sold", 2}, [] { return message_ptr{new sales::v1::ItemSold}; }}};
    std::map<std::string, std::int64_t> totals_;
    std::vector<std::string> unwritten_;
};

class open_store {
public:
    open_store(const std::filesystem::path& path, id_source& ids, std::vector<projection*> inline_projections)
        : file_(path, {.durable = sqlite::durability::off}),
          store_(file_, time_, ids, {.inline_projections = std::move(inline_projections)}) {}

    sqlite::sqlite_event_store* operator->() { return &store_; }
    sqlite::sqlite_event_store& operator*() { return store_; }

    void sell(const std::string& country, std::int64_t units) {
        (void)append_to(store_, {"till", "1"}, {}, sold(country, units));
    }
    [[nodiscard]] texts totals() {
        texts all;
        store_.read_inline([&](sql_session& rows) {
            rows.each_row("select country || ' ' || units from totals order by country",
                          [&](const sql_row& row) { all.emplace_back(row.text(0)); });
        });
        return all;
    }

private:
    foldline::testing::manual_clock time_;
    sqlite::database file_;
    sqlite::sqlite_event_store store_;
};

struct inline_world {
    scratch_folder folder;
    foldline::testing::sequential_ids ids;
    remembering_totals totals;
    std::filesystem::path path = folder / "events.db";
};

append_request sale_of(const std::string& country, std::int64_t units) {
    return append_request::to({"till", "1"}, expected_version::any(), {to_event(sold(country, units))});
}

}  // namespace

TEST_CASE("inline flush: what was held back is written with its append, and told of when it is stored") {
    inline_world world;
    open_store store{world.path, world.ids, {&world.totals}};
    world.totals.commits.clear();
    world.totals.flushes = 0;
    store.sell("EIRE", 2);
    CHECK(store.totals() == texts{"EIRE 2"});
    (void)append_to(*store, {"till", "1"}, {}, sold("EIRE", 1), till_opened("1"), sold("FRANCE", 3));
    CHECK(store.totals() == texts{"EIRE 3", "FRANCE 3"});
    CHECK(world.totals.commits == std::vector<std::int64_t>{1, 4});
    CHECK(world.totals.flushes == 2);
}

TEST_CASE("inline flush: one that fails rejects its append alone, and what it had is forgotten") {
    inline_world world;
    open_store store{world.path, world.ids, {&world.totals}};
    const std::array requests{sale_of("EIRE", 10), sale_of("EIRE", 3), sale_of("EIRE", 4), sale_of("FRANCE", 13)};
    std::array<append_attempt, 4> attempts;
    for (std::size_t i = 0; i < requests.size(); ++i) attempts[i].request = &requests[i];
    store->append_group(attempts);
    CHECK(attempts[0].result.has_value());
    CHECK(attempts[2].result.has_value());
    for (const std::size_t refused : {1, 3}) {
        CHECK_FALSE(attempts[refused].result.has_value());
        try {
            std::rethrow_exception(attempts[refused].failure);
        } catch (const event_failure& failure) {
            CHECK(std::string(failure.what()).find("thirteen") != std::string::npos);
            CHECK(failure.type == "item-sold@2");
            CHECK(failure.stream == "till-1");
        }
    }
    CHECK(store->head() == global_position{2});
    CHECK(store.totals() == texts{"EIRE 14"});
    store.sell("EIRE", 1);
    store.sell("FRANCE", 1);
    CHECK(store.totals() == texts{"EIRE 15", "FRANCE 1"});
    CHECK_THROWS_AS(store.sell("NORWAY", 13), event_failure);
    store.sell("NORWAY", 14);
    CHECK(store.totals() == texts{"EIRE 15", "FRANCE 1", "NORWAY 14"});
}

TEST_CASE("inline flush: what is remembered is forgotten when another program has stored something") {
    inline_world world;
    remembering_totals others;
    open_store one{world.path, world.ids, {&world.totals}};
    open_store other{world.path, world.ids, {&others}};
    for (int round = 0; round < 3; ++round) {
        one.sell("EIRE", 1);
        one.sell("EIRE", 10);
        other.sell("EIRE", 100);
    }
    CHECK(one.totals() == texts{"EIRE 333"});
}

TEST_CASE("inline flush: a projection that is new to the file writes what it held back of the old events") {
    inline_world world;
    {
        open_store store{world.path, world.ids, {}};
        for (int i = 0; i < 9; ++i) store.sell("EIRE", 2);
    }
    open_store store{world.path, world.ids, {&world.totals}};
    CHECK(store.totals() == texts{"EIRE 18"});
    CHECK(world.totals.commits == std::vector<std::int64_t>{9});
    store.sell("EIRE", 1);
    CHECK(store.totals() == texts{"EIRE 19"});
}

TEST_CASE("inline flush: an append that changes nothing leaves what is remembered right") {
    inline_world world;
    open_store store{world.path, world.ids, {&world.totals}};
    store.sell("EIRE", 2);
    const auto refused =
        store->append(append_request::to({"till", "1"}, expected_version::no_stream(), {to_event(sold("EIRE", 100))}));
    CHECK(std::holds_alternative<version_conflict>(refused));
    store.sell("EIRE", 1);
    CHECK(store.totals() == texts{"EIRE 3"});
}
