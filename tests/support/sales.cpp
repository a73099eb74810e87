#include "support/sales.hpp"

#include <fmt/core.h>

#include <stdexcept>

namespace foldline_tests {
namespace {

using namespace foldline;

class watched_session final : public read_model_session {
public:
    watched_session(std::unique_ptr<read_model_session> inner, const std::function<void()>& before_commit)
        : inner_(std::move(inner)), before_commit_(before_commit) {}

    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override {
        return inner_->run(sql, values);
    }
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override {
        inner_->query(sql, values, sink);
    }
    void look_up(std::string_view sql, std::span<const sql_value> values,
                 function_ref<void(const sql_row&)> sink) override {
        inner_->look_up(sql, values, sink);
    }
    void attempt(function_ref<void()> work) override { inner_->attempt(work); }
    void park(const parked_event& event, std::size_t most) override { inner_->park(event, most); }
    void commit(global_position position, timestamp recorded_at) override {
        before_commit_();
        inner_->commit(position, recorded_at);
    }

private:
    std::unique_ptr<read_model_session> inner_;
    const std::function<void()>& before_commit_;
};

void enter(sql_session& rows, const event_view& event, const std::string& country, std::int64_t units) {
    rows.execute("insert into sales_journal (position, part, stream, country, units) values (?1, ?2, ?3, ?4, ?5)",
                 event.position.value, event.part, event.stream.to_string(), country, units);
    rows.execute(
        "insert into sales (country, units) values (?1, ?2) on conflict (country) do update set units = units + ?2",
        country, units);
}

void append_all_rows(sql_session& rows, const std::string& query, std::vector<std::string>& all) {
    rows.each_row(query, [&](const sql_row& row) {
        std::string text;
        for (int i = 0; i < row.columns(); ++i) text += fmt::format("{}{}", i == 0 ? "" : "|", row.text(i));
        all.push_back(text);
    });
}

}  // namespace

sales::v1::ItemSold sold(const std::string& country, std::int64_t units) {
    sales::v1::ItemSold event;
    event.set_country(country);
    event.set_units(units);
    return event;
}

sales::v1::ItemReturned returned(const std::string& country, std::int64_t units) {
    sales::v1::ItemReturned event;
    event.set_country(country);
    event.set_units(units);
    return event;
}

sales::v1::TillOpened till_opened(const std::string& till) {
    sales::v1::TillOpened event;
    event.set_till(till);
    return event;
}

void append_sales(event_store& store, int count) {
    const std::string countries[] = {"EIRE", "FRANCE", "NORWAY"};
    const std::int64_t already = store.head().value;
    for (std::int64_t number = already + 1; number <= already + count; ++number) {
        const std::string& country = countries[number % 3];
        const stream_id till{"till", std::to_string(number % 4)};
        if (number % 5 == 0) (void)append_to(store, till, {}, till_opened(till.id()));
        else if (number % 5 == 3) (void)append_to(store, till, {}, returned(country, number));
        else (void)append_to(store, till, {}, sold(country, number));
    }
}

sql_projection sales_projection(std::uint32_t version) {
    sql_projection sales{"sales", version};
    sales.table("sales", "create table sales (country text primary key, units integer not null) strict");
    sales.table(
        "sales_journal",
        "create table sales_journal (number integer primary key, position integer not null, part integer not null, "
        "stream text not null, country text not null, units integer not null) strict;"
        "create index sales_journal_of_country on sales_journal (country, units)");
    sales.on([](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) {
        enter(rows, view, event.country(), event.units());
    });
    sales.on([](const sales::v1::ItemReturned& event, const event_view& view, sql_session& rows) {
        enter(rows, view, event.country(), -event.units());
    });
    return sales;
}

std::vector<std::string> rows_of(const read_model_store& models, const std::string& query) {
    std::vector<std::string> all;
    models.read([&](sql_session& rows) { append_all_rows(rows, query, all); });
    return all;
}

std::vector<std::string> sales_rows(const read_model_store& models) {
    std::vector<std::string> all;
    models.read([&](sql_session& rows) {
        append_all_rows(rows, "select * from sales order by country", all);
        append_all_rows(rows, "select * from sales_journal order by number", all);
    });
    return all;
}

std::vector<std::string> fresh_sales_rows(const event_store& store) {
    model_file file;
    auto sales = sales_projection();
    projector_options options;
    options.batch = batch_limit{100'000};
    projector{store, file.models(), sales, options}.catch_up();
    return sales_rows(file.models());
}

global_position position_of(const read_model_store& models, std::string_view projection) {
    const auto found = models.find(projection);
    return found ? found->position() : global_position{};
}

partition_claim claim_of(read_model_store& models, std::string_view projection, partition part, worker_id worker) {
    auto claim = models.leases().claim(projection, part, worker);
    if (!claim)
        throw std::logic_error(fmt::format("the test can claim partition {} of {}", to_string(part), projection));
    return *std::move(claim);
}

std::unique_ptr<read_model_session> begin_as_nobody(read_model_store& models, std::string_view projection) {
    const partition_claim claim = claim_of(models, projection);
    return models.begin({&claim, 1});
}

std::unique_ptr<read_model_session> watched_models::begin(std::span<const partition_claim> claims) {
    ++sessions;
    return std::make_unique<watched_session>(inner().begin(claims), before_commit);
}

}  // namespace foldline_tests
