// Any bytes as the payloads of events of known types, loaded through upcasters: an account comes of it, or
// `event_failure` says which event does not decode.

#include "quiet_protobuf.hpp"

#include "support/account.hpp"
#include "support/account_upcasters.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <utility>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    foldline_fuzz::quieten_protobuf();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace foldline;
    static constexpr event_type types[] = {{"account-opened", 1},  {"money-deposited", 1}, {"money-withdrawn", 1},
                                           {"money-withdrawn", 2}, {"account-closed", 1},  {"never-heard-of", 1}};

    FuzzedDataProvider input{data, size};
    stream_write write{{"account", "1"}, expected_version::no_stream(), {}};
    while (input.remaining_bytes() > 0 && write.events.size() < 20) {
        event_data event;
        event.type = input.PickValueInArray(types);
        event.payload = input.ConsumeRandomLengthString(200);
        write.events.push_back(std::move(event));
    }
    if (write.events.empty()) return 0;

    testing::manual_clock clock;
    testing::sequential_ids ids;
    memory_event_store store{clock, ids};
    (void)store.append({{write}, {}});
    upcasting_event_store current{store, foldline_tests::account_upcasters()};
    const repository<foldline_tests::account> accounts{current};
    try {
        (void)accounts.load("1");
    } catch (const event_failure&) {}
    return 0;
}
