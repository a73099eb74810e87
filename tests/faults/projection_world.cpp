#include "projection_world.hpp"

#include "child_process.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/projections/documents.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace foldline_tests {

using namespace foldline;

namespace {

using CustomerSummary = foldline_tests::documents::v1::CustomerSummary;
using microseconds = std::chrono::microseconds;

void count(CustomerSummary& till, std::int64_t units, const event_view& event) {
    till.set_orders(till.orders() + 1);
    till.set_total_minor(till.total_minor() + units);
    till.set_last_stream(fmt::format("{}", event.position.value));
}

std::string till_line(std::string_view till, std::int64_t events, std::int64_t units, std::string_view last) {
    return fmt::format("{}|{}|{}|{}", till, events, units, last);
}

/// A sale as both projections see it; an opened till is none.
struct sale {
    std::string stream;
    global_position position;
    std::string country;
    std::int64_t units;
};

std::optional<sale> sale_of(const event_store& store, const event_view& event) {
    const std::string type{store.type_of(event.type).name};
    const auto size = static_cast<int>(event.payload.size());
    if (type == "item-sold") {
        sales::v1::ItemSold sold;
        if (!sold.ParseFromArray(event.payload.data(), size)) throw std::runtime_error("a sale does not decode");
        return sale{event.stream.to_string(), event.position, sold.country(), sold.units()};
    }
    if (type == "item-returned") {
        sales::v1::ItemReturned returned;
        if (!returned.ParseFromArray(event.payload.data(), size)) throw std::runtime_error("a return does not decode");
        return sale{event.stream.to_string(), event.position, returned.country(), -returned.units()};
    }
    return std::nullopt;
}

void each_sale(const event_store& store, event_filter takes, const std::function<void(const sale&)>& use) {
    (void)store.read(read_query::all(), batch_limit{1'000'000}, [&](const event_view& event) {
        const auto found = sale_of(store, event);
        if (found && takes(found->stream, found->position)) use(*found);
    });
}

/// Whether an event is in the rows of this state: its partition has passed it, and it is not parked.
class applied_events {
public:
    applied_events(const read_model_store& models, std::string_view projection) : state_(models.find(projection)) {
        const parked_query all{.projection = std::string(projection), .limit = 1'000'000};
        for (const parked_event& each : models.dead_letters().list(all)) parked_.insert(each.position.value);
    }
    bool operator()(std::string_view stream, global_position position) const {
        if (!state_ || parked_.contains(position.value)) return false;
        const std::uint64_t hash = order_hash(stream);
        return std::any_of(state_->partitions.begin(), state_->partitions.end(), [&](const partition_state& each) {
            return each.part.owns(hash) && position <= each.position;
        });
    }

private:
    std::optional<projection_state> state_;
    std::set<std::int64_t> parked_;
};

constexpr auto everything = [](std::string_view, global_position) { return true; };

void project_all(const event_store& store, read_model_store& models, projection& target) {
    projector_options options;
    options.batch = batch_limit{100'000};
    options.on_failure = error_policy::stop();
    projector{store, models, target, options}.catch_up();
}

}  // namespace

void append_at_random(event_store& store, std::mt19937_64& random, int count, int tills) {
    constexpr const char* countries[] = {"EIRE", "FRANCE", "NORWAY"};
    for (int left = count; left > 0;) {
        const auto together = static_cast<int>(std::min<std::int64_t>(left, drawn(random, 1, 8) == 1 ? 3 : 1));
        std::vector<event_data> events;
        for (int i = 0; i < together; ++i) {
            const std::string country = countries[drawn(random, 0, 2)];
            const std::int64_t kind = drawn(random, 0, 5);
            if (kind == 0) events.push_back(to_event(till_opened("till")));
            else if (kind == 1) events.push_back(to_event(returned(country, drawn(random, 1, 100))));
            else events.push_back(to_event(sold(country, drawn(random, 1, 100))));
        }
        const stream_id till{"till", std::to_string(drawn(random, 1, tills))};
        (void)store.append(append_request::to(till, expected_version::any(), std::move(events)));
        left -= together;
    }
}

document_projection<CustomerSummary> tills_projection() {
    document_projection<CustomerSummary> tills{"tills", 1};
    tills.on(by_stream, [](CustomerSummary& till, const sales::v1::ItemSold& event, const event_view& view) {
        count(till, event.units(), view);
    });
    tills.on(by_stream, [](CustomerSummary& till, const sales::v1::ItemReturned& event, const event_view& view) {
        count(till, -event.units(), view);
    });
    return tills;
}

row_lines sales_lines(const read_model_store& models) {
    row_lines all =
        rows_of(models, "select stream, position, part, country, units from sales_journal order by stream, number");
    for (std::string& units : rows_of(models, "select country, units from sales order by country"))
        all.push_back("units of " + std::move(units));
    return all;
}

row_lines till_lines(const read_model_store& models) {
    row_lines all;
    const foldline::documents<CustomerSummary> tills{models, "tills"};
    tills.each([&](std::string_view key, const CustomerSummary& till) {
        all.push_back(till_line(key, till.orders(), till.total_minor(), till.last_stream()));
    });
    return all;
}

row_lines expected_sales(const event_store& store, event_filter takes) {
    std::map<std::string, row_lines> journal;
    std::map<std::string, std::int64_t> units;
    each_sale(store, takes, [&](const sale& each) {
        journal[each.stream].push_back(
            fmt::format("{}|{}|0|{}|{}", each.stream, each.position.value, each.country, each.units));
        units[each.country] += each.units;
    });
    row_lines all;
    for (const auto& [stream, entries] : journal) all.insert(all.end(), entries.begin(), entries.end());
    for (const auto& [country, sum] : units) all.push_back(fmt::format("units of {}|{}", country, sum));
    return all;
}

row_lines expected_tills(const event_store& store, event_filter takes) {
    struct till {
        std::int64_t events = 0;
        std::int64_t units = 0;
        std::int64_t last = 0;
    };
    std::map<std::string, till> tills;
    each_sale(store, takes, [&](const sale& each) {
        till& at = tills[each.stream];
        at = {at.events + 1, at.units + each.units, each.position.value};
    });
    row_lines all;
    for (const auto& [key, at] : tills) all.push_back(till_line(key, at.events, at.units, std::to_string(at.last)));
    return all;
}

row_lines expected_sales(const event_store& store, const read_model_store& models) {
    return expected_sales(store, applied_events{models, "sales"});
}

row_lines expected_tills(const event_store& store, const read_model_store& models) {
    return expected_tills(store, applied_events{models, "tills"});
}

row_lines fresh_sales_lines(const event_store& store) {
    model_file file;
    auto sales = sales_projection();
    project_all(store, file.models(), sales);
    row_lines lines = sales_lines(file.models());
    if (lines != expected_sales(store, everything))
        throw std::logic_error("what is expected of sales is not what they are");
    return lines;
}

row_lines fresh_till_lines(const event_store& store) {
    model_file file;
    auto tills = tills_projection();
    project_all(store, file.models(), tills);
    row_lines lines = till_lines(file.models());
    if (lines != expected_tills(store, everything))
        throw std::logic_error("what is expected of tills is not what they are");
    return lines;
}

disagreement compare_lines(const row_lines& found, const row_lines& expected) {
    disagreement result;
    if (found == expected) return result;
    std::map<std::string, int> surplus;
    for (const std::string& line : found) ++surplus[line];
    for (const std::string& line : expected) --surplus[line];
    for (const auto& [line, more] : surplus) {
        const bool is_expected = std::find(expected.begin(), expected.end(), line) != expected.end();
        (more < 0 ? result.lost : is_expected ? result.dup : result.wrong) += std::abs(more);
    }
    if (result.total() == 0) result.wrong = 1;
    return result;
}

disagreement compare_with_state(const event_store& store, const read_model_store& models) {
    if (!models.find("sales")) return {};
    return compare_lines(sales_lines(models), expected_sales(store, models));
}

microseconds time_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    if (!child_process{work}.ends_well()) throw std::runtime_error("the process failed that nobody killed");
    return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin);
}

bool is_killed_at_work(std::mt19937_64& random, microseconds whole, const std::function<void()>& work) {
    child_process process{work};
    std::this_thread::sleep_for(microseconds{drawn(random, 0, whole.count())});
    const bool runs = process.runs();
    if (!process.kill()) throw std::runtime_error("the process failed before it was killed");
    return runs;
}

}  // namespace foldline_tests
