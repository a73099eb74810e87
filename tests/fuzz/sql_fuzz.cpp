// Any bytes as payloads and metadata of events with a schema, and any text as a statement: rows come of it, or an error of
// foldline's own; nothing is written, and a second look gives the same.

#include "quiet_protobuf.hpp"
#include "require.hpp"

#include "support/account.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/sqlite/event_sql.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace {

constexpr std::array statements{"select * from money_deposited",
                                "select note, count(*) from money_deposited group by note",
                                "select sum(amount_minor) from money_deposited where amount_minor > 3",
                                "select * from events",
                                "select distinct actor from events where correlation_id is null",
                                "select position from events where type = 'money-deposited' order by position desc"};

/// All that a statement gives, or what it was refused with.
std::string answer_to(foldline::sqlite::event_sql& sql, const std::string& statement) {
    std::string answer;
    int rows = 0;
    try {
        sql.each_row(statement, [&](const foldline::sql_row& row) {
            if (++rows > 1'000) throw foldline::invalid_request("enough");
            for (int i = 0; i < row.columns(); ++i) answer.append(row.text(i)).append(1, '|');
        });
    } catch (const foldline::error& refused) {
        answer += refused.what();
    }
    return answer;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    foldline_fuzz::quieten_protobuf();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace foldline;
    FuzzedDataProvider input{data, size};
    const std::string text = input.ConsumeRandomLengthString(200);
    stream_write write{{"account", "1"}, expected_version::no_stream(), {}};
    while (input.remaining_bytes() > 0 && write.events.size() < 10) {
        event_data event = to_event(foldline_tests::bank::v1::MoneyDeposited{});
        event.payload = input.ConsumeRandomLengthString(100);
        event.metadata = input.ConsumeRandomLengthString(50);
        write.events.push_back(std::move(event));
    }
    testing::manual_clock time;
    testing::sequential_ids ids;
    memory_event_store store{time, ids};
    if (!write.events.empty()) (void)store.append({{write}, {}});

    int looks = 0;
    sqlite::event_sql_options options;
    options.is_interrupted = [&] { return ++looks > 200; };  // a statement may ask for rows without end
    sqlite::event_sql sql{store, std::move(options)};
    for (const char* statement : statements) {
        looks = 0;
        const std::string answer = answer_to(sql, statement);
        looks = 0;
        foldline_fuzz::require(answer_to(sql, statement) == answer, "the same statement has the same answer");
    }
    looks = 0;
    (void)answer_to(sql, text);
    foldline_fuzz::require(store.head().value == static_cast<std::int64_t>(write.events.size()), "nothing is written");
    return 0;
}
