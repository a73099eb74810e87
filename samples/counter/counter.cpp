// The tutorial: a first aggregate, kept in a file. Each run of `counter FILE [BY]` counts on; delete the file and it
// begins anew.

// [doc:first-aggregate]
#include "samples/counter/v1/counter.pb.h"  // message Increased { option (foldline.event) = …; int64 by = 1; }

#include <foldline/core/repository.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <iostream>

struct increase {  // a command: what one may ask for
    std::int64_t by;
};

struct counter {
    static constexpr std::string_view category = "counter";
    using events = foldline::event_list<samples::v1::Increased>;  // what may happen
    using commands = foldline::command_list<increase>;
    enum class refusal { not_positive };
    using decision = foldline::decision<events, refusal>;
    struct state {
        std::int64_t value = 0;
    };

    static void evolve(state& counter, const samples::v1::Increased& event) { counter.value += event.by(); }

    static decision decide(const state&, const increase& command) {
        if (command.by <= 0) return foldline::rejected{refusal::not_positive};
        samples::v1::Increased event;
        event.set_by(command.by);
        return event;
    }
};
// [doc:end]

// [doc:first-run]
void count_on(const char* path, std::int64_t by) {
    foldline::system_clock clock;
    foldline::uuid_v7_source ids{clock};
    foldline::sqlite::database file{path};
    foldline::sqlite::sqlite_event_store store{file, clock, ids};
    foldline::repository<counter> counters{store};

    const auto outcome = counters.handle("clicks", increase{by});
    if (!std::holds_alternative<foldline::accepted>(outcome)) std::cout << "Only a positive number is counted.\n";
    std::cout << "The counter stands at " << counters.load("clicks").state.value << ", because:\n";

    const auto history = foldline::read_query::stream({"counter", "clicks"});
    store.read(history, foldline::batch_limit{1000}, [&](const foldline::event_view& event) {
        std::cout << foldline::to_string(event.recorded_at) << ' ' << store.type_of(event.type).name << '\n';
    });
}
// [doc:end]

int main(int argc, char** argv) {
    if (argc != 2 && argc != 3) {
        std::cerr << "Usage: counter FILE [BY]\n";
        return 2;
    }
    try {
        count_on(argv[1], argc == 3 ? std::stoll(argv[2]) : 1);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "counter: " << error.what() << '\n';
        return 1;
    }
}
