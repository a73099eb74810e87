#include "our_store.hpp"
#include "projecting.hpp"
#include "raw_projection.hpp"
#include "row.hpp"

#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/documents.hpp>

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace foldline_bench {
namespace {

constexpr std::size_t events_a_commit = 10'000;

void add(v1::ProductSales& sales, const v1::LineMeasured& line) {
    if (sales.lines() == 0) sales.set_product(line.product());
    sales.set_description(line.description());
    sales.set_lines(sales.lines() + 1);
    sales.set_units(sales.units() + line.units());
    sales.set_total_e4(sales.total_e4() + line.total_e4());
    sales.set_last_placed_at_us(line.placed_at_us());
}

double our_round(lab& place, const our_store& log, std::size_t events) {
    return in_fresh_file(place, [&](const auto& file) {
        our_rows rows{file};
        foldline::document_projection<v1::ProductSales> sales{"sales", 1};
        sales.on(&v1::LineMeasured::product, add);
        foldline::projector projector{log.store, rows.models, sales, batches_of(events_a_commit)};
        const seconds passed = time_to_catch_up(projector, events);
        std::int64_t lines = 0;
        foldline::documents<v1::ProductSales>{rows.models, sales}.each(
            [&](std::string_view, const v1::ProductSales& product) { lines += product.lines(); });
        require_end(lines, events);
        return rate(events, passed);
    });
}

/// Folds a batch in memory: each document is read once and written once.
class raw_documents {
public:
    explicit raw_documents(const std::filesystem::path& file)
        : rows_(file, "create table sales (key text primary key, document blob not null) strict, without rowid"),
          select_(prepare_raw(rows_.db(), "select document from sales where key = ?1")),
          upsert_(prepare_raw(rows_.db(),
                              "insert into sales values (?1, ?2) on conflict (key) do update set document = "
                              "excluded.document")) {}

    std::int64_t follow(raw_events& events) {
        std::size_t waiting = 0;
        while (const v1::LineMeasured* line = events.next()) {
            if (waiting == 0) rows_.begin();
            add(document_of(line->product()), *line);
            if (++waiting < events_a_commit) continue;
            commit(events.position());
            waiting = 0;
        }
        if (waiting > 0) commit(events.position());
        return events.position();
    }

private:
    v1::ProductSales& document_of(const std::string& key) {
        const auto [place, is_new] = batch_.try_emplace(key);
        if (is_new) load(key, place->second);
        return place->second;
    }

    void load(const std::string& key, v1::ProductSales& into) {
        bind_raw(select_.get(), 1, key);
        while (step_raw(select_.get()))
            if (!into.ParseFromArray(sqlite3_column_blob(select_.get(), 0), sqlite3_column_bytes(select_.get(), 0)))
                throw std::runtime_error("raw: a document does not decode");
    }

    void commit(std::int64_t position) {
        for (const auto& [key, document] : batch_) {
            document.SerializeToString(&bytes_);
            bind_raw(upsert_.get(), 1, key);
            bind_blob_raw(upsert_.get(), 2, bytes_);
            run_raw(upsert_.get());
        }
        batch_.clear();
        rows_.commit(position);
    }

    raw_read_model rows_;
    raw_statement select_;
    raw_statement upsert_;
    std::unordered_map<std::string, v1::ProductSales> batch_;
    std::string bytes_;
};

double raw_round(lab& place, const histories& logs) {
    return in_fresh_file(place, [&](const auto& file) {
        raw_events events{logs.raw};
        raw_documents projection{file};
        return rate(logs.events, time_of([&] { require_end(projection.follow(events), logs.events); }));
    });
}

contest project(lab& place) {
    const histories& logs = place.windows();
    auto log = std::make_shared<our_store>(logs.ours);
    return {[&place, log, n = logs.events] { return our_round(place, *log, n); },
            [&place, logs] { return raw_round(place, logs); }};
}

}  // namespace

std::vector<row> document_rows() {
    return {{"project.documents", events_per_second, 1'230'000,
             "folds 10,000 events in memory, reads and upserts each of 1,000 documents once, position in the commit",
             project}};
}

}  // namespace foldline_bench
