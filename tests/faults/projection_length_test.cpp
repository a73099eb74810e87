// Lengths around batches, one append of a thousand events, an event after a long idleness, events that come in the
// middle of a read; and rebuilds of nothing, twice, while others append, stopped and resumed, beside a running catch-up.

#include "attack_line.hpp"
#include "projection_world.hpp"
#include "support/passing_store.hpp"
#include "support/projecting.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Lets something happen after each read, when the reader has what it has.
class eventful_store final : public passing_store {
public:
    eventful_store(event_store& inner, std::function<void()> after) : passing_store(inner), after_(std::move(after)) {}
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        const page result = passing_store::read(query, limit, sink);
        after_();
        return result;
    }

private:
    std::function<void()> after_;
};

/// Two projections in one file, and whether they have everything.
struct two_projections {
    [[nodiscard]] disagreement compare(const event_store& store) {
        disagreement found = compare_lines(sales_lines(file.models()), fresh_sales_lines(store));
        found += compare_lines(till_lines(file.models()), fresh_till_lines(store));
        return found;
    }
    void add_to(projector& works) { works.add(sales, file.models()).add(tills, file.models()); }
    void build_anew(const event_store& store, rebuild_options options = reporting({}, 7)) {
        auto new_sales = sales_projection();
        auto new_tills = tills_projection();
        projection* const both[] = {&new_sales, &new_tills};
        rebuild(store, file.models(), both, std::move(options));
    }

    model_file file;
    sql_projection sales = sales_projection();
    document_projection<documents::v1::CustomerSummary> tills = tills_projection();
};

void project(const event_store& store, two_projections& rows, std::size_t batch, std::size_t parts, bool ahead) {
    projector_options options = batches_of(batch);
    options.partitions = parts;
    options.read_ahead = ahead;
    projector works{store, options};
    rows.add_to(works);
    works.catch_up();
}

void check(attack_line& line, const disagreement& found) {
    line.found += found;
    line.add("runs");
    CHECK(found.to_string() == disagreement{}.to_string());
}

}  // namespace

TEST_SUITE("faults") {
    // guards: work that stops in silence at the edge of a batch (row 26)
    TEST_CASE("length: logs around a number of batches are projected and rebuilt to their end") {
        attack_line line{"length: around batches"};
        for (const std::size_t batch : {std::size_t{1}, std::size_t{4}, std::size_t{10}})
            for (const int length : {-1, 0, 1})
                for (const int batches : {1, 2, 5}) {
                    const int count = batches * static_cast<int>(batch) + length;
                    CAPTURE(batch);
                    CAPTURE(count);
                    memory_world log;
                    append_at_random(log.store, line.random(), count);
                    two_projections rows;
                    project(log.store, rows, batch, 1 + static_cast<std::size_t>(batches % 3), batches == 5);
                    CHECK(position_of(rows.file.models(), "sales") == global_position{count});
                    check(line, rows.compare(log.store));
                    rows.build_anew(log.store, reporting({}, batch));
                    check(line, rows.compare(log.store));
                }
    }

    TEST_CASE("length: a thousand events of one append, and batches that end inside of it") {
        attack_line line{"length: one append"};
        for (const std::size_t batch : {std::size_t{7}, std::size_t{1'000}, std::size_t{10'000}}) {
            memory_world log;
            std::vector<event_data> events;
            for (int i = 0; i < 1'000; ++i) events.push_back(to_event(sold("EIRE", i)));
            (void)log.store.append(append_request::to({"till", "1"}, expected_version::any(), std::move(events)));
            two_projections rows;
            project(log.store, rows, batch, 4, true);
            check(line, rows.compare(log.store));
        }
    }

    TEST_CASE("length: after a long idleness one event is met, and so are those that come in the middle of a read") {
        attack_line line{"length: idle, then one"};
        memory_world log;
        append_at_random(log.store, line.random(), 20);
        int reads = 0;
        const eventful_store eventful{log.store, [&] {
                                          if (++reads % 3 == 0 && reads < 40)
                                              append_at_random(log.store, line.random(), 2);
                                      }};
        two_projections rows;
        projector works{eventful, batches_of(4)};
        rows.add_to(works);
        for (int round = 0; round < 30; ++round) {
            while (works.run_batch()) {}
            for (int idle = 0; idle < 10; ++idle) CHECK_FALSE(works.run_batch());
            append_at_random(log.store, line.random(), 1);
        }
        while (works.run_batch()) {}
        check(line, rows.compare(log.store));
    }

    // guards: a second rebuild, or one of nothing (row 25); a rebuild beside a catch-up (row 24)
    TEST_CASE("length: rebuilt of nothing, twice, while others append, stopped at any batch, and beside a catch-up") {
        attack_line line{"length: rebuilds"};
        memory_world log;
        two_projections rows;
        for (int twice = 0; twice < 2; ++twice) {
            rows.build_anew(log.store);
            check(line, rows.compare(log.store));
        }
        append_at_random(log.store, line.random(), 50);
        for (int twice = 0; twice < 2; ++twice) {
            rows.build_anew(log.store, reporting(
                                           [&](const rebuild_progress&) {
                                               append_at_random(log.store, line.random(),
                                                                log.store.head().value < 100 ? 3 : 0);
                                           },
                                           7));
            check(line, rows.compare(log.store));
        }
        for (int stopped_at = 1; stopped_at <= 20; ++stopped_at) {
            int reports = 0;
            const auto stop = [&](const rebuild_progress&) {
                if (++reports == stopped_at) throw std::runtime_error("the operator had enough");
            };
            try {
                rows.build_anew(log.store, reporting(stop, 9));
            } catch (const std::runtime_error&) {
                check(line, rows.compare(log.store));
            }
            rows.build_anew(log.store, reporting({}, 9));
            check(line, rows.compare(log.store));
        }
        append_at_random(log.store, line.random(), 60);
        projector works{log.store, batches_of(3)};
        rows.add_to(works);
        rows.build_anew(log.store, reporting([&](const rebuild_progress&) { (void)works.run_batch(); }, 11));
        check(line, rows.compare(log.store));
        append_at_random(log.store, line.random(), 10);
        works.catch_up();
        check(line, rows.compare(log.store));
    }
}
