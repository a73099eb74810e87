#include <foldline/projections/projection_status.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace foldline;
using namespace std::chrono_literals;

namespace {

constexpr std::array every_activity{activity::starting, activity::current, activity::behind,    activity::retrying,
                                    activity::stalled,  activity::paused,  activity::elsewhere, activity::stopped};

projection_status doing(activity what) {
    projection_status status;
    status.projection = "sales";
    status.doing = what;
    status.position = global_position{17};
    status.head = global_position{120};
    return status;
}

partition_state standing_at(partition part, std::int64_t position) {
    partition_state state;
    state.part = part;
    state.position = global_position{position};
    return state;
}

bool says(const projection_health& health, const char* what) {
    return health.complaints.size() == 1 && health.complaints[0].find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("projection status: each activity has a name of its own") {
    std::set<std::string_view> names;
    for (const activity one : every_activity) names.insert(to_string(one));
    CHECK(names.size() == every_activity.size());
    CHECK(to_string(activity::elsewhere) == "elsewhere");
}

TEST_CASE("projection status: the lag is what lies between its position and the head") {
    CHECK(doing(activity::behind).lag_events() == 103);
}

TEST_CASE("projection status: nothing to look at is healthy") {
    CHECK(health_of({}).healthy);
    const projection_health health =
        health_of({doing(activity::starting), doing(activity::current), doing(activity::behind),
                   doing(activity::paused), doing(activity::elsewhere)});
    CHECK(health.healthy);
    CHECK(health.complaints.empty());
}

TEST_CASE("projection status: stalled, stopped and retrying ones are complained of, with their error") {
    for (const activity what : {activity::stalled, activity::stopped, activity::retrying}) {
        CAPTURE(to_string(what));
        projection_status status = doing(what);
        status.error = "the disk is full";
        const projection_health health = health_of({doing(activity::current), status});
        CHECK_FALSE(health.healthy);
        CHECK(says(health, "projection sales"));
        CHECK(says(health, "position 17"));
        CHECK(says(health, "the disk is full"));
    }
}

TEST_CASE("projection status: a stalled one says how far behind it is, and for how long") {
    projection_status status = doing(activity::stalled);
    status.since_progress = 95s;
    const projection_health health = health_of({status});
    CHECK(says(health, "103 events behind"));
    CHECK(says(health, "95 s"));
}

TEST_CASE("projection status: parked events are complained of, also where the rest goes well") {
    projection_status status = doing(activity::current);
    status.part = {3, 7};
    status.parked = 2;
    const projection_health health = health_of({status});
    CHECK_FALSE(health.healthy);
    CHECK(says(health, "projection sales, partition 3/8 has 2 events parked"));
}

TEST_CASE("projection status: one that is stalled and has events parked is complained of twice") {
    projection_status status = doing(activity::stalled);
    status.parked = 1;
    CHECK(health_of({status}).complaints.size() == 2);
}

TEST_CASE("projection state: stands where the partition does that is furthest behind") {
    projection_state state;
    CHECK(state.position() == global_position{});
    state.partitions = {standing_at({0, 3}, 9), standing_at({1, 1}, 4), standing_at({2, 3}, 7)};
    CHECK(state.position() == global_position{4});
}
