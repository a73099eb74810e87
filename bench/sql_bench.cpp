#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/sqlite/event_sql.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

namespace foldline_bench {
namespace {

constexpr std::uint8_t product_field = v1::LineMeasured::kProductFieldNumber;
constexpr std::string_view wanted_product = "item-042";
constexpr std::int64_t products = 1'000;

/// Counts texts, as whoever writes it by hand does.
class counts {
public:
    void add(std::string_view text) {
        if (const auto known = of_text_.find(text); known != of_text_.end()) ++known->second;
        else of_text_.emplace(text, 1);
    }
    [[nodiscard]] std::size_t size() const { return of_text_.size(); }

private:
    struct by_text {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::int64_t, by_text, std::equal_to<>> of_text_;
};

std::uint64_t take_varint(const std::uint8_t*& at) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint8_t byte = *at++;
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) return value;
    }
}

/// The product of an encoded `LineMeasured`, by hand: it stops where it has it, and trusts the bytes.
std::string_view product_in(std::string_view payload) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(payload.data());
    const auto* const end = at + payload.size();
    while (at < end) {
        const std::uint64_t tag = take_varint(at);
        if ((tag & 7U) == 0) (void)take_varint(at);
        else if ((tag & 7U) == 1) at += 8;
        else if ((tag & 7U) == 5) at += 4;
        else {
            const std::uint64_t size = take_varint(at);
            if (tag >> 3U == product_field) return {reinterpret_cast<const char*>(at), static_cast<std::size_t>(size)};
            at += size;
        }
    }
    return {};
}

/// The logs, and both programs' ways to their payloads.
struct sql_logs {
    sql_logs(const std::filesystem::path& ours_file, const std::filesystem::path& raw_file, std::size_t count)
        : ours(ours_file), sql(ours.store), raw(open_raw(raw_file, "full")), events(count) {
        payloads = prepare_raw(raw.get(), "select payload from log_events");
    }

    template <class Use>
    void each_raw_payload(Use use) {
        sqlite3_stmt* const rows = payloads.get();
        while (step_raw(rows))
            use(std::string_view{static_cast<const char*>(sqlite3_column_blob(rows, 0)),
                                 static_cast<std::size_t>(sqlite3_column_bytes(rows, 0))});
    }

    our_store ours;
    foldline::sqlite::event_sql sql;
    raw_connection raw;
    raw_statement payloads;
    std::size_t events;
};

std::shared_ptr<sql_logs> write_logs(lab& place) {
    // A million, in a whole run.
    const std::size_t events = place.how_much().events / 2 * 5;
    static std::weak_ptr<sql_logs> written;  // the rows of this file share them, while one lives
    if (auto logs = written.lock()) return logs;
    const auto ours = place.fresh_file();
    const auto raw = place.fresh_file();
    (void)write_windows(ours, raw, events);
    auto logs = std::make_shared<sql_logs>(ours, raw, events);
    written = logs;
    return logs;
}

template <class Count>
double events_a_second(const sql_logs& logs, std::int64_t expected, Count count) {
    std::int64_t counted = 0;
    const seconds passed = time_of([&] { counted = count(); });
    if (counted != expected) throw std::logic_error("a count by SQL is wrong");
    return static_cast<double>(logs.events) / passed.count();
}

std::int64_t groups_by_sql(sql_logs& logs) {
    std::int64_t groups = 0;
    std::int64_t events = 0;
    logs.sql.each_row("select product, count(*) from line_measured group by product",
                      [&](const foldline::sql_row& row) {
                          ++groups;
                          events += row.integer(1);
                      });
    if (events != static_cast<std::int64_t>(logs.events)) throw std::logic_error("a group by SQL lost events");
    return groups;
}

std::int64_t groups_by_hand(sql_logs& logs) {
    counts found;
    logs.each_raw_payload([&](std::string_view payload) { found.add(product_in(payload)); });
    return static_cast<std::int64_t>(found.size());
}

std::int64_t groups_by_dynamic_messages(sql_logs& logs) {
    const foldline::event_type type = foldline::schema_of(v1::LineMeasured::default_instance()).type;
    const foldline::message_schema schema{logs.ours.store.stored_schemas(type).back()};
    const foldline::message_ptr reused = schema.new_message();
    const auto* field = schema.descriptor().FindFieldByNumber(product_field);
    counts found;
    std::string scratch;
    logs.each_raw_payload([&](std::string_view payload) {
        if (!reused->ParseFromArray(payload.data(), static_cast<int>(payload.size())))
            throw std::runtime_error("an event does not decode");
        found.add(reused->GetReflection()->GetStringReference(*reused, field, &scratch));
    });
    return static_cast<std::int64_t>(found.size());
}

contest group_contest(lab& place, std::int64_t (*by_another)(sql_logs&)) {
    auto logs = write_logs(place);
    return {[logs] { return events_a_second(*logs, products, [&] { return groups_by_sql(*logs); }); },
            [logs, by_another] { return events_a_second(*logs, products, [&] { return by_another(*logs); }); }};
}

contest where_contest(lab& place) {
    auto logs = write_logs(place);
    const auto expected = static_cast<std::int64_t>(logs->events) / products;
    const auto by_sql = [logs] {
        std::int64_t counted = 0;
        logs->sql.each_row(
            "select count(*) from line_measured where product = ?1",
            [&](const foldline::sql_row& row) { counted = row.integer(0); }, wanted_product);
        return counted;
    };
    const auto by_hand = [logs] {
        std::int64_t counted = 0;
        logs->each_raw_payload([&](std::string_view payload) { counted += product_in(payload) == wanted_product; });
        return counted;
    };
    return {[logs, expected, by_sql] { return events_a_second(*logs, expected, by_sql); },
            [logs, expected, by_hand] { return events_a_second(*logs, expected, by_hand); }};
}

}  // namespace

std::vector<row> sql_rows() {
    return {{"sql.group", events_per_second, 0, "one select of the payloads, the field found by hand, a hash map",
             [](lab& place) { return group_contest(place, groups_by_hand); }},
            {"sql.where", events_per_second, 0, "the same, and a comparison",
             [](lab& place) { return where_contest(place); }},
            {"sql.group.dynamic", events_per_second, 0, "the same select, each payload into one DynamicMessage",
             [](lab& place) { return group_contest(place, groups_by_dynamic_messages); }}};
}

}  // namespace foldline_bench
