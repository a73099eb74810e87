// Rows that another program wrote into a store by SQL, with the checksum that belongs to them or any other: whatever is
// asked of the store, its answers are events and errors of foldline's own.

#include "store_image.hpp"

#include "event_row.hpp"
#include "row_values.hpp"
#include "schema_rows.hpp"

#include <sqlite3.h>

#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace foldline;

/// A value of a column, of any kind that SQLite takes.
struct column_value {
    enum class kind { null, integer, text, blob } what = kind::null;
    std::int64_t number = 0;
    std::string bytes;
};

column_value integer(std::int64_t number) { return {column_value::kind::integer, number, {}}; }
column_value text(std::string bytes) { return {column_value::kind::text, 0, std::move(bytes)}; }
column_value blob(std::string bytes) { return {column_value::kind::blob, 0, std::move(bytes)}; }

/// Without the triggers, and without what makes tables strict: what is in a file was perhaps not put there by SQLite.
class intruder {
public:
    explicit intruder(const std::filesystem::path& file) {
        if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("the image does not open");
        run("pragma synchronous = off", {});
        run("pragma ignore_check_constraints = on", {});
        for (const char* guard : {"log_events_are_not_changed", "log_events_are_not_deleted",
                                  "log_appends_are_not_changed", "log_appends_are_not_deleted"})
            run(std::string("drop trigger ") + guard, {});
        run("begin", {});
    }
    intruder(const intruder&) = delete;
    intruder& operator=(const intruder&) = delete;
    ~intruder() {
        run("commit", {});
        sqlite3_close(handle_);
    }

    /// What SQLite refuses is simply not in the file.
    void run(const std::string& sql, const std::vector<column_value>& values) {
        sqlite3_stmt* made = nullptr;
        if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &made, nullptr) != SQLITE_OK) return;
        const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement{made, &sqlite3_finalize};
        int at = 0;
        for (const column_value& value : values) {
            ++at;
            const auto size = static_cast<int>(value.bytes.size());
            switch (value.what) {
                case column_value::kind::null: break;
                case column_value::kind::integer: sqlite3_bind_int64(made, at, value.number); break;
                case column_value::kind::text:
                    sqlite3_bind_text(made, at, value.bytes.data(), size, SQLITE_TRANSIENT);
                    break;
                case column_value::kind::blob:
                    sqlite3_bind_blob(made, at, value.bytes.data(), size, SQLITE_TRANSIENT);
                    break;
            }
        }
        sqlite3_step(made);
    }

private:
    sqlite3* handle_ = nullptr;
};

/// Mostly a number that leads somewhere, now and then one at the edge of what there is.
std::int64_t any_number(FuzzedDataProvider& input) {
    using limits = std::numeric_limits<std::int64_t>;
    switch (input.ConsumeIntegralInRange(0, 7)) {
        case 0:
            return input.PickValueInArray<std::int64_t>(
                {limits::min(), limits::min() + 1, -1, limits::max() - 1, limits::max(), std::int64_t{1} << 32U});
        case 1: return input.ConsumeIntegral<std::int64_t>();
        default: return input.ConsumeIntegralInRange<std::int64_t>(0, 15);
    }
}

std::string any_id(FuzzedDataProvider& input) {
    if (input.ConsumeBool()) return input.ConsumeRandomLengthString(20);
    const event_id id = foldline_fuzz::first_id(input.ConsumeIntegralInRange(0, 5));
    return std::string{sqlite::bytes_of(id.value)};
}

/// A whole row; half of them with the checksum that makes a reader believe it.
void put_event(FuzzedDataProvider& input, intruder& file) {
    struct name {
        const char* category;
        const char* id;
    };
    static constexpr std::array names{name{"thing", "0"}, name{"other", "0"}, name{"thing", "1"}, name{"other", "1"}};
    static constexpr std::array<event_type, 2> types{{{"thing-done", 1}, {"other-done", 2}}};

    sqlite::event_row row;
    row.position = any_number(input);
    row.version = any_number(input);
    const std::int64_t stream = any_number(input);
    const std::int64_t type = any_number(input);
    const std::string id = any_id(input);
    row.recorded_at = sqlite::timestamp_from(any_number(input));
    if (input.ConsumeBool()) row.occurred_at = sqlite::timestamp_from(any_number(input));
    row.format = input.ConsumeBool() ? 0 : input.ConsumeIntegral<std::uint8_t>();
    const std::string metadata = input.ConsumeRandomLengthString(100);
    const std::string payload = input.ConsumeRandomLengthString(100);

    std::int64_t checksum = any_number(input);
    if (input.ConsumeBool()) {
        const name& known = names[static_cast<std::size_t>(stream) % names.size()];
        row.stream = {known.category, known.id};
        row.type = types[static_cast<std::size_t>(type) % types.size()];
        row.id = sqlite::uuid_from(id).value_or(uuid{});
        row.metadata = metadata;
        row.payload = payload;
        checksum = sqlite::row_checksum{}.of(row);
    }
    file.run("insert or replace into log_events values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
             {integer(row.position), integer(stream), integer(row.version), integer(type), blob(id),
              integer(sqlite::micros(row.recorded_at)),
              row.occurred_at ? integer(sqlite::micros(*row.occurred_at)) : column_value{}, integer(row.format),
              blob(metadata), blob(payload), integer(checksum)});
}

/// A schema; some of them such that a reader believes it.
void put_schema(FuzzedDataProvider& input, intruder& file) {
    const std::string bytes = input.ConsumeRandomLengthString(200);
    const bool is_of_format_1 = input.ConsumeBool();
    file.run("insert or replace into log_schemas values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
             {integer(any_number(input)), integer(any_number(input)), integer(is_of_format_1 ? 0 : any_number(input)),
              integer(input.ConsumeBool() ? sqlite::hash_of_schema(bytes) : any_number(input)),
              text(input.ConsumeBool() ? "shop.ThingDone" : input.ConsumeRandomLengthString(40)), blob(bytes),
              is_of_format_1 ? column_value{} : integer(any_number(input))});
}

void put_anything(FuzzedDataProvider& input, intruder& file) {
    const auto words = [&] { return input.ConsumeRandomLengthString(40); };
    switch (input.ConsumeIntegralInRange(0, 10)) {
        case 0:
            return file.run(
                "insert or replace into log_streams (stream, category, id, first_version) values (?1,?2,?3,?4)",
                {integer(any_number(input)), text(words()), text(words()), integer(any_number(input))});
        case 1:
            return file.run("update log_streams set first_version = ?2 where stream = ?1",
                            {integer(any_number(input)), integer(any_number(input))});
        case 2:
            return file.run("insert or replace into log_types values (?1, ?2, ?3)",
                            {integer(any_number(input)), text(words()), integer(any_number(input))});
        case 3:
            return file.run("insert or replace into log_appends values (?1, ?2, ?3, ?4)",
                            {blob(any_id(input)), integer(any_number(input)), integer(any_number(input)),
                             integer(any_number(input))});
        case 4:
            return file.run("insert or replace into log_purges values (?1, ?2, 0, ?3)",
                            {integer(any_number(input)), integer(any_number(input)), text(words())});
        case 5: return put_schema(input, file);
        case 6: return file.run("update log_store set store_id = ?1", {blob(any_id(input))});
        case 7:
            return file.run("insert or replace into foldline_components values (?1, ?2)",
                            {text(input.ConsumeBool() ? "eventstore" : words()), integer(any_number(input))});
        case 8: return file.run("delete from log_events where position = ?1", {integer(any_number(input))});
        case 9:
            return file.run("insert or replace into log_upcasters values (?1, ?2, ?3, ?4)",
                            {text(words()), integer(any_number(input)), blob(words()), integer(any_number(input))});
        default: return put_event(input, file);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::filesystem::path file = foldline_fuzz::scratch_file();
    foldline_fuzz::write_file(file, foldline_fuzz::store_image());

    FuzzedDataProvider input{data, size};
    const auto mode = input.ConsumeBool() ? sqlite::open_mode::read_only : sqlite::open_mode::existing;
    {
        intruder rows{file};
        for (int put = 0; put < 8 && input.remaining_bytes() > 0; ++put) put_anything(input, rows);
    }
    (void)foldline_fuzz::ask_everything(file, mode);
    return 0;
}
