// A stranger's program: it knows foldline from its README only. It defines an aggregate, tests it, stores its events in a
// file, and asks for its state now and before.
#include "stranger/v1/parcel.pb.h"

#include <foldline/core/repository.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/decider_spec.hpp>

#include <cstdio>
#include <iostream>
#include <string>
#include <variant>

using stranger::v1::ParcelDelivered;
using stranger::v1::ParcelSent;

struct send_parcel {
    std::string address;
};
struct deliver_parcel {};

struct parcel {
    static constexpr std::string_view category = "parcel";
    using events = foldline::event_list<ParcelSent, ParcelDelivered>;
    using commands = foldline::command_list<send_parcel, deliver_parcel>;
    enum class refusal { already_sent, never_sent };
    using decision = foldline::decision<events, refusal>;
    struct state {
        std::string address;
        bool delivered = false;
    };

    static void evolve(state& parcel, const ParcelSent& event) { parcel.address = event.address(); }
    static void evolve(state& parcel, const ParcelDelivered&) { parcel.delivered = true; }

    static decision decide(const state& parcel, const send_parcel& command) {
        if (!parcel.address.empty()) return foldline::rejected{refusal::already_sent};
        ParcelSent event;
        event.set_address(command.address);
        return event;
    }
    static decision decide(const state& parcel, const deliver_parcel&) {
        if (parcel.address.empty()) return foldline::rejected{refusal::never_sent};
        if (parcel.delivered) return foldline::no_events;
        return ParcelDelivered{};
    }
};

void test_the_domain() {
    ParcelSent sent;
    sent.set_address("Lisbon");
    // [doc:spec]
    using foldline::testing::given;
    given<parcel>(sent).when(deliver_parcel{}).then(ParcelDelivered{});
    given<parcel>().when(deliver_parcel{}).then_rejected(parcel::refusal::never_sent);
    // [doc:end]
}

bool use_the_store(const char* path) {
    foldline::system_clock clock;
    foldline::uuid_v7_source ids{clock};
    foldline::sqlite::database file{path};
    foldline::sqlite::sqlite_event_store store{file, clock, ids};
    foldline::repository<parcel> parcels{store};

    parcels.handle("7", send_parcel{"Lisbon"});
    const auto outcome = parcels.handle("7", deliver_parcel{});
    const bool now = parcels.load("7").state.delivered;
    const bool before = parcels.load("7", foldline::at_version{1}).state.delivered;
    return std::holds_alternative<foldline::accepted>(outcome) && now && !before && store.head().value == 2;
}

int main() {
    test_the_domain();
    const std::string path = "parcels.db";
    for (const char* suffix : {"", "-wal", "-shm", "-lock"}) std::remove((path + suffix).c_str());
    if (!use_the_store(path.c_str())) return 1;
    std::cout << ParcelSent::foldline_event_name << " version " << ParcelSent::foldline_event_version
              << ": sent, delivered, and as it was before\n";
    return 0;
}
