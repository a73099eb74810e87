#include "support/memory_world.hpp"
#include "support/seed.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace pb = google::protobuf;
namespace v1 = foldline_tests::shop::v1;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::memory_world;
using namespace foldline;

/// Steps lead from an event to later ones of this list, so that no chain has a circle. Of each only the first field is
/// used, which is a text.
using classes = std::tuple<v1::CartViewed, v1::OrderScripted, v1::OrderShipped, v1::NoteAdded, v3::OrderPlaced>;
constexpr std::size_t class_count = std::tuple_size_v<classes>;
using last_class = v3::OrderPlaced;
/// What every merge looks back for.
using earlier_class = v1::OrderScripted;
constexpr std::size_t earlier_index = 1;

std::string text_of(const pb::Message& event) {
    return event.GetReflection()->GetString(event, event.GetDescriptor()->field(0));
}
template <class E>
E event_of(const std::string& text) {
    E event;
    event.GetReflection()->SetString(&event, E::descriptor()->field(0), text);
    return event;
}

enum class kind { none, dropped, one, carried, dynamic, split, merged };
struct step {
    kind how = kind::none;
    std::size_t to = 0;
};
/// A step for each class, or none.
using plan = std::array<step, class_count>;

// The steps as upcasters …

template <class Old, class New>
upcaster upcaster_of(kind how) {
    switch (how) {
        case kind::one: return make_upcaster([](const Old& old) { return event_of<New>(text_of(old) + ">"); });
        case kind::carried: return carried_over<Old>([](New& event) { event = event_of<New>(text_of(event) + "^"); });
        case kind::dynamic:
            return make_dynamic_upcaster(schema_of(Old{}).type, [](const dynamic_event& old) {
                return event_of<New>(text_of(old.message()) + "?");
            });
        case kind::split:
            return make_upcaster([](const Old& old, emits<New, last_class> emit) {
                for (std::size_t part = 0; part < text_of(old).size() % 4; ++part) {
                    if (part == 1) emit(event_of<last_class>(text_of(old) + "|"));
                    else emit(event_of<New>(text_of(old) + "/"));
                }
            });
        case kind::merged:
            return make_upcaster([](const Old& old, const earlier<earlier_class>& before) {
                return event_of<New>(fmt::format("{}+({})", text_of(old), before ? text_of(*before) : "none"));
            });
        default: return make_upcaster([](const Old&, emits<>) {});
    }
}

template <class Old, std::size_t... I>
upcaster upcaster_to(const step& chosen, std::index_sequence<I...>) {
    upcaster made;
    ((chosen.to == I ? void(made = upcaster_of<Old, std::tuple_element_t<I, classes>>(chosen.how)) : void()), ...);
    return made;
}

template <std::size_t... I>
upcaster_chain chain_of(const plan& steps, std::index_sequence<I...> all) {
    upcaster_chain chain;
    const auto add = [&]<class Old>(const step& chosen, std::type_identity<Old>) {
        if (chosen.how != kind::none) chain.add(upcaster_to<Old>(chosen, all));
    };
    (add(steps[I], std::type_identity<std::tuple_element_t<I, classes>>{}), ...);
    return chain;
}

// … and as the model has them.

struct plain_event {
    std::size_t class_index;
    std::string text;
};

void make_current(const plan& steps, const plain_event& event, const std::string& before,
                  std::vector<plain_event>& current) {
    const step& chosen = steps[event.class_index];
    const auto go_on = [&](std::size_t to, const std::string& mark) {
        make_current(steps, {to, event.text + mark}, before, current);
    };
    switch (chosen.how) {
        case kind::none: current.push_back(event); break;
        case kind::dropped: break;
        case kind::one: go_on(chosen.to, ">"); break;
        case kind::carried: go_on(chosen.to, "^"); break;
        case kind::dynamic: go_on(chosen.to, "?"); break;
        case kind::split:
            for (std::size_t part = 0; part < event.text.size() % 4; ++part)
                go_on(part == 1 ? class_count - 1 : chosen.to, part == 1 ? "|" : "/");
            break;
        case kind::merged: go_on(chosen.to, "+(" + before + ")"); break;
    }
}

struct seen_event {
    std::int64_t position;
    std::int64_t version;
    std::uint32_t part;
    std::string stream;
    std::string type;
    std::string text;

    friend bool operator==(const seen_event&, const seen_event&) = default;
};
std::string shown(const std::vector<seen_event>& events) {
    std::string text;
    for (const auto& [position, version, part, stream, type, field] : events)
        text += fmt::format("{}.{} {} v{} {} '{}'\n", position, part, stream, version, type, field);
    return text;
}

template <std::size_t... I>
std::array<message_ptr, class_count> new_messages(std::index_sequence<I...>) {
    return {message_ptr{new std::tuple_element_t<I, classes>}...};
}
constexpr auto all_classes = std::make_index_sequence<class_count>{};

std::vector<seen_event> read_all(const event_store& store, read_query query, std::size_t limit) {
    const auto reused = new_messages(all_classes);
    std::vector<seen_event> seen;
    for (;;) {
        const page page = store.read(query, batch_limit{limit}, [&](const event_view& event) {
            const event_type type = store.type_of(event.type);
            for (const message_ptr& each : reused)
                if (schema_of(*each).type == type)
                    seen.push_back({event.position.value, event.version.value, event.part, event.stream.to_string(),
                                    type.to_string(), text_of(decode(event, *each, type))});
        });
        if (page.at_end) return seen;
        query = query.from(page);
    }
}

/// A store of random events, and a random chain with what a reader must see through it.
class random_history {
public:
    explicit random_history(std::uint64_t seed) : random_(seed) {
        for (std::size_t from = 0; from + 1 < class_count; ++from) {
            steps_[from].how = static_cast<kind>(random_() % 7);
            steps_[from].to = from + 1 + random_() % (class_count - from - 1);
        }
        for (int i = 0; i < 40; ++i) append_one();
    }

    [[nodiscard]] upcaster_chain chain() const { return chain_of(steps_, all_classes); }

    memory_world world;
    std::vector<seen_event> expected;

private:
    void append_one() {
        const stream_id stream{"order", std::to_string(random_() % 3)};
        const plain_event event{random_() % class_count,
                                std::string(1 + random_() % 5, static_cast<char>('a' + random_() % 26))};
        const auto messages = new_messages(all_classes);
        pb::Message& message = *messages[event.class_index];
        message.GetReflection()->SetString(&message, message.GetDescriptor()->field(0), event.text);
        const auto stored = std::get<appended>(foldline_tests::append_to(world.store, stream, {}, message));

        std::string& before = last_earlier_.try_emplace(stream.id(), "none").first->second;
        std::vector<plain_event> current;
        make_current(steps_, event, before, current);
        for (std::uint32_t part = 0; part < current.size(); ++part)
            expected.push_back({stored.position.value, stored.version.value, part, stream.to_string(),
                                schema_of(*messages[current[part].class_index]).type.to_string(), current[part].text});
        if (event.class_index == earlier_index) before = event.text;
    }

    std::mt19937_64 random_;
    plan steps_;
    std::map<std::string, std::string> last_earlier_;  // by stream
};

/// Backward the stored events turn around, and the parts of one stay in their order.
std::vector<seen_event> turned_around(std::vector<seen_event> events) {
    std::stable_sort(events.begin(), events.end(),
                     [](const seen_event& one, const seen_event& other) { return one.position > other.position; });
    return events;
}
template <class Keep>
std::vector<seen_event> only(const std::vector<seen_event>& events, Keep keep) {
    std::vector<seen_event> kept;
    std::copy_if(events.begin(), events.end(), std::back_inserter(kept), keep);
    return kept;
}

}  // namespace

TEST_CASE("upcasting: random chains of every kind give the same parts at every page size, direction and start") {
    const auto seed = foldline_tests::seed_of_this_run();
    CAPTURE(seed);
    for (std::uint64_t round = 0; round < 60; ++round) {
        CAPTURE(round);
        random_history history{seed + round};
        const upcasting_event_store store{history.world.store, history.chain()};
        const auto& all = history.expected;
        const auto check = [&](const read_query& query, std::size_t limit, const std::vector<seen_event>& expected) {
            REQUIRE(shown(read_all(store, query, limit)) == shown(expected));
            REQUIRE(shown(read_all(store, query.backward(), limit)) == shown(turned_around(expected)));
        };
        for (const std::size_t limit : {1U, 2U, 3U, 7U, 39U, 40U, 41U}) {
            CAPTURE(limit);
            check(read_query::all(), limit, all);
            for (const std::int64_t start : {1, 13, 27, 39, 40})
                check(read_query::all().after(global_position{start}), limit,
                      only(all, [&](const seen_event& each) { return each.position > start; }));
            for (const char* id : {"0", "1", "2"}) {
                const std::string stream = std::string("order-") + id;
                for (const std::int64_t start : {0, 1, 5, 11})
                    check(read_query::stream({"order", id}).after(stream_version{start}), limit,
                          only(all,
                               [&](const seen_event& each) { return each.stream == stream && each.version > start; }));
            }
            for (const message_ptr& wanted : new_messages(all_classes)) {
                const event_type type = schema_of(*wanted).type;
                check(read_query::category("order").of_types({type}), limit,
                      only(all, [&](const seen_event& each) { return each.type == type.to_string(); }));
            }
        }
    }
}
